@echo off
rem Restores, builds and runs, as build.sh does: demo, test, bench, pack or api. It runs under the bash of Git for Windows.
setlocal
set "BASH="
rem Git says where it lies, however it was installed; bash is two or three folders above what it says.
for /f "delims=" %%E in ('git --exec-path 2^>nul') do (
  call :try "%%~E\..\..\..\bin\bash.exe"
  call :try "%%~E\..\..\bin\bash.exe"
)
for %%K in (HKLM HKCU) do for /f "tokens=2,*" %%A in ('reg query %%K\SOFTWARE\GitForWindows /v InstallPath 2^>nul ^| findstr InstallPath') do call :try "%%~B\bin\bash.exe"
call :try "%ProgramFiles%\Git\bin\bash.exe"
call :try "%ProgramFiles(x86)%\Git\bin\bash.exe"
call :try "%LocalAppData%\Programs\Git\bin\bash.exe"
if not defined BASH (
  echo build.cmd needs the bash that comes with Git for Windows and found none. Install Git, or run the commands of build.sh by hand. 1>&2
  exit /b 1
)
"%BASH%" "%~dp0build.sh" %*
exit /b %ERRORLEVEL%

:try
if not defined BASH for %%I in (%1) do if exist "%%~fI" set "BASH=%%~fI"
exit /b 0
