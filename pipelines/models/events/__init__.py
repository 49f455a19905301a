"""Who hears music: rules on the spectrum, or a model of sound events."""
