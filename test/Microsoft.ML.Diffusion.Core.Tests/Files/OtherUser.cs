using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Tests.Files;

/// <summary>Reads and writes files with the rights of a user that owns none of them; needs root on Linux.</summary>
internal static class OtherUser
{
    private const uint Nobody = 65534;

    /// <summary>Opens files and directories to all users; false where none can be played.</summary>
    public static bool MayEnter(params string[] paths)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return false;
        foreach (string path in paths)
            File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        return true;
    }

    /// <summary>Runs on a thread of its own: Linux keeps the user of the file system by thread.</summary>
    public static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            _ = SetFileSystemUser(Nobody);
            try
            {
                Assert.AreEqual((int)Nobody, SetFileSystemUser(Nobody), "It returns the previous user.");
                action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
            finally
            {
                _ = SetFileSystemUser(0);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileSystemUser(uint user);
}
