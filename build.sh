#!/usr/bin/env bash
# Restores, builds and runs. Further arguments go to dotnet, or for demo and bench to the program.
#   ./build.sh demo    a pipeline writes text with the embedded model
#   ./build.sh test    every test; the last line counts them
#   ./build.sh bench   the benchmarks; bench kernels: each kernel alone, by BenchmarkDotNet
#   ./build.sh pack    the packages, into artifacts/packages
set -eo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
solution=Diffusion.ML.sln

usage() {
  sed -n 's/^#   //p' build.sh >&2
  exit 2
}

# Says in one line where ML.NET comes from (on standard error, so that what a program writes stays its own), and writes it
# down for builds without this script: what is asked for, else what a restore of the packages finds. A stand-in that was found once is kept only as long as the arguments are the same.
find_mlnet() {
  local file=artifacts/mlnet-reference.txt key=artifacts/mlnet-reference.key chosen='' why property
  for property in "${properties[@]}"; do
    case $property in *:MLNetReference=*) chosen=${property#*=} ;; esac
  done
  mkdir -p artifacts
  if [[ -n $chosen ]]; then
    why='as the command line says'
  elif [[ -n ${MLNetReference:-} ]]; then
    chosen=$MLNetReference why='as the environment says'
  elif [[ -f $file && -f $key && $(<"$key") == "${properties[*]}" ]]; then
    chosen=$(<"$file") why='as found before'
  elif dotnet restore eng/mlnet-probe/mlnet-probe.csproj --force "${properties[@]}" >artifacts/mlnet-probe.log 2>&1; then
    chosen=Package why='the packages can be restored'
  else
    chosen=StandIn why='the packages cannot be restored, see artifacts/mlnet-probe.log'
  fi
  if [[ $chosen == Package ]]; then
    echo "ML.NET: the package Microsoft.ML ($why)" >&2
  elif [[ $chosen == StandIn ]]; then
    echo "ML.NET: the stand-in, eng/mlnet-standin ($why)" >&2
  else
    echo "MLNetReference is '$chosen'; expected Package or StandIn." >&2
    exit 2
  fi
  printf '%s' "$chosen" >"$file"
  printf '%s' "${properties[*]}" >"$key"
  export MLNetReference=$chosen
}

run_tests() {
  rm -rf artifacts/test-results
  if ! dotnet build "$solution" -c Release -v quiet "${properties[@]}"; then
    echo 'The build failed, so no test ran.'
    echo '0 passed, 1 failed'
    return 1
  fi
  local project name names=() failed=0
  for project in test/*/*.csproj; do
    name=$(basename "$project" .csproj)
    names+=("$name")
    dotnet test "$project" -c Release --no-build --results-directory "artifacts/test-results/$name" \
      --logger 'trx;LogFileName=results.trx' --logger 'console;verbosity=minimal' "$@" || failed=1
  done
  dotnet run -c Release --no-build --project eng/test-summary -- artifacts/test-results "${names[@]}" || failed=1
  return $failed
}

(($# > 0)) || usage
command=$1
shift
# Of the arguments, those that a restore and a build understand too; the others are a program's own.
properties=()
own=()
for argument in "$@"; do
  case $argument in -p:* | /p:* | --property:*) properties+=("$argument") ;; *) own+=("$argument") ;; esac
done
case $command in
  demo)
    find_mlnet
    dotnet run -c Release "${properties[@]}" --project examples/WriteStories -- "${own[@]}"
    ;;
  test)
    find_mlnet
    run_tests "$@"
    ;;
  bench)
    find_mlnet
    project=eng/bench
    if [[ ${own[0]:-} == kernels ]]; then
      project=eng/kernels
      own=("${own[@]:1}")
    fi
    dotnet run -c Release "${properties[@]}" --project "$project" -- "${own[@]}"
    ;;
  pack)
    find_mlnet
    if [[ $MLNetReference == StandIn ]]; then
      echo 'Packages are made against the package Microsoft.ML only, and this build uses the stand-in. Give a feed that has it: ./build.sh pack -p:RestoreAdditionalProjectSources=<folder or feed>' >&2
      exit 1
    fi
    dotnet pack "$solution" -c Release -o artifacts/packages "$@"
    ;;
  *) usage ;;
esac
