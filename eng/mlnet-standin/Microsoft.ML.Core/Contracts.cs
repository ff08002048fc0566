namespace Microsoft.ML.Runtime;

/// <summary>Checks and the exceptions that they throw, worded and typed as ML.NET's are.</summary>
internal static class Contracts
{
    public static TException Process<TException>(this TException ex, IExceptionContext ectx = null)
        where TException : Exception => ectx is null ? ex : ectx.Process(ex);

    public static Exception Except(string msg) => new InvalidOperationException(msg);
    public static Exception Except(this IExceptionContext ctx, string msg) => Process(new InvalidOperationException(msg), ctx);

    public static Exception ExceptUserArg(this IExceptionContext ctx, string name, string msg) =>
        Process(new ArgumentOutOfRangeException(name, msg), ctx);

    public static Exception ExceptParam(string paramName, string msg) => new ArgumentOutOfRangeException(paramName, msg);

    public static Exception ExceptParam(this IExceptionContext ctx, string paramName, string msg) =>
        Process(new ArgumentOutOfRangeException(paramName, msg), ctx);

    public static Exception ExceptValue(this IExceptionContext ctx, string paramName) => Process(new ArgumentNullException(paramName), ctx);
    public static Exception ExceptDecode(this IExceptionContext ctx, string msg) => Process(new FormatException(msg), ctx);
    public static Exception ExceptDecode(this IExceptionContext ctx, Exception inner, string msg) => Process(new FormatException(msg, inner), ctx);
    public static Exception ExceptNotSupp(this IExceptionContext ctx, string msg) => Process(new NotSupportedException(msg), ctx);

    public static Exception ExceptSchemaMismatch(string paramName, string columnRole, string columnName) =>
        ExceptSchemaMismatch(null, paramName, columnRole, columnName);

    public static Exception ExceptSchemaMismatch(this IExceptionContext ctx, string paramName, string columnRole, string columnName) =>
        Process(new ArgumentOutOfRangeException(paramName, $"Could not find {columnRole} column '{columnName}'"), ctx);

    public static Exception ExceptSchemaMismatch(
        this IExceptionContext ctx, string paramName, string columnRole, string columnName, string expectedType, string actualType) =>
        Process(
            new ArgumentOutOfRangeException(
                paramName, $"Schema mismatch for {columnRole} column '{columnName}': expected {expectedType}, got {actualType}"),
            ctx);

    public static void Check(bool f, string msg) => Check(null, f, msg);

    public static void Check(this IExceptionContext ctx, bool f, string msg)
    {
        if (!f)
            throw ctx.Except(msg);
    }

    public static void CheckUserArg(this IExceptionContext ctx, bool f, string name, string msg)
    {
        if (!f)
            throw ctx.ExceptUserArg(name, msg);
    }

    public static void CheckParam(bool f, string paramName, string msg) => CheckParam(null, f, paramName, msg);

    public static void CheckParam(this IExceptionContext ctx, bool f, string paramName, string msg)
    {
        if (!f)
            throw ctx.ExceptParam(paramName, msg);
    }

    public static void CheckValue<T>(T val, string paramName)
        where T : class => CheckValue(null, val, paramName);

    public static void CheckValue<T>(this IExceptionContext ctx, T val, string paramName)
        where T : class
    {
        if (val is null)
            throw ctx.ExceptValue(paramName);
    }

    public static string CheckNonEmpty(string s, string paramName) => CheckNonEmpty(null, s, paramName);

    public static string CheckNonEmpty(this IExceptionContext ctx, string s, string paramName) => string.IsNullOrEmpty(s)
        ? throw Process(s is null ? new ArgumentNullException(paramName) : (Exception)new ArgumentOutOfRangeException(paramName, $"{paramName} cannot be empty"), ctx)
        : s;

    public static string CheckNonWhiteSpace(this IExceptionContext ctx, string s, string paramName) => string.IsNullOrWhiteSpace(s)
        ? throw Process(s is null ? new ArgumentNullException(paramName) : (Exception)new ArgumentOutOfRangeException(paramName, $"{paramName} cannot be white space"), ctx)
        : s;

    public static void CheckDecode(bool f, string msg) => CheckDecode(null, f, msg);

    public static void CheckDecode(this IExceptionContext ctx, bool f, string msg)
    {
        if (!f)
            throw ctx.ExceptDecode(msg);
    }

    public static void CheckAlive(this IHostEnvironment env)
    {
        if (env is ICancelable { IsCanceled: true })
            throw Process(new OperationCanceledException("Operation was canceled."), env);
    }
}
