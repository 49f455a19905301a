"""The parts of `wavelode.pipelines.select`: what is measured, the filters, their limits, and what the corpus tells."""
