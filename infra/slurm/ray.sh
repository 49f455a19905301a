#!/bin/bash
# Starts Ray on the nodes of a Slurm job and runs Wavelode on it:
#
#   sbatch infra/slurm/ray.sh --manifest /corpus/archive/manifest.csv --out /corpus/out
#
# All nodes must see /corpus. Slurm's warning before the time limit becomes a SIGTERM to the run alone: what is in hand
# ends and the job is queued again; it goes on where it was.
#SBATCH --job-name=wavelode
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --mem-per-cpu=2G
#SBATCH --time=12:00:00
#SBATCH --signal=B:TERM@600
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

port=${RAY_PORT:-6379}
cores=${SLURM_CPUS_PER_TASK:-1}
gpus=${SLURM_GPUS_ON_NODE:-0}
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
export RAY_USAGE_STATS_ENABLED=0 OMP_NUM_THREADS=1

srun --nodes=1 --ntasks=1 --nodelist="$head" \
    ray start --head --block --port="$port" --num-cpus="$cores" --num-gpus="$gpus" --include-dashboard=false &
for _ in $(seq 60); do
    ray status --address="$head:$port" >/dev/null 2>&1 && break
    sleep 2
done
others=$((SLURM_JOB_NUM_NODES - 1))
if [ "$others" -gt 0 ]; then
    srun --nodes="$others" --ntasks="$others" --exclude="$head" \
        ray start --block --address="$head:$port" --num-cpus="$cores" --num-gpus="$gpus" &
fi

wavelode run --engine ray --ray-address "$head:$port" "$@" &
run=$!
told=no
trap 'told=yes; kill -TERM "$run"' TERM
status=0
wait "$run" || status=$?
if [ "$told" = yes ]; then
    # The signal broke off the wait above, not the run.
    wait "$run" || status=$?
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
