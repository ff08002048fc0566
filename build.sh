#!/usr/bin/env bash
# Restores, builds and runs. Further arguments go to dotnet, or for demo and bench to the program.
#   ./build.sh demo          a tour in half a minute: writes, fills gaps, predicts masks, classifies, finds names
#   ./build.sh test          every test; the last line counts them
#   ./build.sh test --all    also the projects that need heavy packages, each by itself, skipped where it cannot be restored
#   ./build.sh bench         the benchmarks; bench kernels: each kernel alone, by BenchmarkDotNet
#   ./build.sh pack          the packages, into artifacts/packages
#   ./build.sh api           after a change of the public surface that is meant: writes src/*/PublicAPI.Unshipped.txt anew
set -eo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
solution=Diffusion.ML.sln
heavy=eng/Diffusion.ML.Heavy.sln # not beside the other: a plain dotnet build takes the only solution in the root
results=artifacts/test-results

usage() {
  sed -n 's/^#   //p' build.sh >&2
  exit 2
}

# The test projects of a solution: those named so. The others in test/ are what tests use.
tests_of() {
  sed -nE 's#\\#/#g; s#^Project.*"(\.\./)*(test/[^"]*\.Tests\.csproj)".*#\2#p' "$1"
}

test_project() {
  dotnet test "$1" -c Release --no-build --results-directory "$results/$(basename "$1" .csproj)" \
    --logger 'trx;LogFileName=results.trx' --logger 'console;verbosity=minimal' "${@:2}"
}

# The first error of a restore's log, without the project that it names.
restore_error() {
  local error
  error=$(sed -nE 's#.*error ((NU|NETSDK)[0-9]+: [^[]*[^[ ]).*#\1#p' "$1" | head -n 1)
  echo "${error:-see $1}"
}

# One heavy project by itself. Where its packages cannot be restored, the summary says so in one line.
test_heavy_project() {
  local project=$1 name log
  name=$(basename "$project" .csproj)
  log=artifacts/restore-$name.log
  mkdir -p "$results/$name"
  if ! dotnet restore "$project" "${properties[@]}" >"$log" 2>&1; then
    echo "it cannot be restored: $(restore_error "$log")" >"$results/$name/skipped.txt"
  elif dotnet build "$project" -c Release -v quiet --no-restore "${properties[@]}"; then
    test_project "$project" "${@:2}"
  else
    return 1
  fi
}

run_tests() {
  rm -rf "$results"
  if ! dotnet build "$solution" -c Release -v quiet "${properties[@]}"; then
    echo 'The build failed, so no test ran.'
    echo '0 passed, 1 failed'
    return 1
  fi
  local project names=() failed=0
  for project in $(tests_of "$solution"); do
    names+=("$(basename "$project" .csproj)")
    test_project "$project" "$@" || failed=1
  done
  if [[ $all == true ]]; then
    for project in $(tests_of "$heavy"); do
      names+=("$(basename "$project" .csproj)")
      test_heavy_project "$project" "$@" || failed=1
    done
  fi
  dotnet run -c Release --no-build --project eng/test-summary -- "$results" "${names[@]}" || failed=1
  return $failed
}

# The packages. One that depends on packages which not every feed has (Microsoft.ML.AutoML, or those of the heavy projects) is made only
# where it can be restored, and a line says which it was.
pack() {
  local project name log options=(-p:AutoMLReference=Package -p:ContinuousIntegrationBuild=true)
  mkdir -p artifacts
  for project in src/*/*.csproj; do
    name=$(basename "$project" .csproj)
    log=artifacts/restore-$name.log
    if dotnet restore "$project" "${options[@]}" "${properties[@]}" >"$log" 2>&1; then
      dotnet pack "$project" -c Release -v quiet --no-restore -o artifacts/packages "${options[@]}" "$@"
      echo "$name: packed."
    elif [[ $name == *.AutoML ]] || ! grep -qF "$name.csproj" "$solution"; then
      echo "$name: not packed, as it cannot be restored ($(restore_error "$log")). Name a feed that has what it lacks: ./build.sh pack -p:RestoreAdditionalProjectSources=<folder or feed>"
    else
      cat "$log" >&2
      return 1
    fi
  done
}

# The public members of each package, as the analyzer names those that the files lack (eng/PublicApi.targets).
write_api() {
  local project log=artifacts/api.log
  mkdir -p artifacts
  for project in src/*/PublicAPI.Unshipped.txt; do
    echo '#nullable enable' >"$project"
  done
  : >"$log"
  for project in src/*/*.csproj; do
    if ! dotnet build "$project" -c Release -v quiet -p:TreatWarningsAsErrors=false "$@" >>"$log"; then
      grep -E 'error [A-Z]+[0-9]+' "$log" | sort -u >&2
      return 1
    fi
  done
  for project in src/*/*.csproj; do
    sed -nE "s#.* RS0016: Symbol '(.*)' is not part of the declared public API .*[\\/[]$(basename "$project")\]\$#\1#p" "$log" \
      | LC_ALL=C sort -u >>"$(dirname "$project")/PublicAPI.Unshipped.txt"
  done
}

(($# > 0)) || usage
command=$1
shift
# Of the arguments, those that a restore and a build understand too; the others are a program's own.
all=${CI:-false}
properties=()
own=()
for argument in "$@"; do
  case $argument in
    -p:* | /p:* | --property:*) properties+=("$argument") ;;
    --all) all=true ;;
    *) own+=("$argument") ;;
  esac
done
case $command in
  demo) dotnet run -c Release "${properties[@]}" --project examples/Tour -- "${own[@]}" ;;
  test) run_tests "${own[@]}" ;;
  bench)
    project=eng/bench
    if [[ ${own[0]:-} == kernels ]]; then
      project=eng/kernels
      own=("${own[@]:1}")
    fi
    dotnet run -c Release "${properties[@]}" --project "$project" -- "${own[@]}"
    ;;
  pack) pack "${properties[@]}" "${own[@]}" ;;
  api) write_api "${properties[@]}" ;;
  *) usage ;;
esac
