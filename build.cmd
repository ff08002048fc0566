@echo off
rem Restores, builds and runs, as build.sh does: demo, test, bench or pack. It runs under the bash of Git for Windows.
setlocal
set "BASH="
for %%G in (git.exe) do if not "%%~$PATH:G"=="" set "BASH=%%~dp$PATH:G..\bin\bash.exe"
if not defined BASH set "BASH=%ProgramFiles%\Git\bin\bash.exe"
if not exist "%BASH%" (
  echo build.cmd needs the bash that comes with Git for Windows, and found none at "%BASH%". Install Git, or run the commands of build.sh by hand. 1>&2
  exit /b 1
)
"%BASH%" "%~dp0build.sh" %*
exit /b %ERRORLEVEL%
