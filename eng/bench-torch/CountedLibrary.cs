using System.Diagnostics;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Microsoft.ML.Diffusion.BenchTorch;

/// <summary>
/// A copy of this program in which TorchSharp counts its native calls, function by function: each of its declarations of a native function
/// gets a method before it that counts and calls it. What is counted is thus what happens, without a line in the engine.
/// </summary>
internal static class CountedLibrary
{
    private const string Variable = "BENCH_TORCH_COUNTS";
    private const string CounterType = "NativeCallCounts";

    /// <summary>Whether this is the copy.</summary>
    public static bool IsCopy => Environment.GetEnvironmentVariable(Variable) is not null;

    /// <summary>Runs a command of this program in the copy.</summary>
    /// <returns>Its exit code.</returns>
    public static int Run(params string[] arguments)
    {
        string folder = Directory.CreateTempSubdirectory("counted").FullName;
        try
        {
            foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory))
            {
                string copy = Path.Combine(folder, Path.GetFileName(file));
                if (file.Contains(".so", StringComparison.Ordinal))
                    File.CreateSymbolicLink(copy, file);
                else
                    File.Copy(file, copy);
            }
            Rewrite(Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll"), Path.Combine(folder, "TorchSharp.dll"));
            // A program that was published with its runtime starts itself.
            string own = Path.GetFileNameWithoutExtension(Environment.ProcessPath!);
            ProcessStartInfo start = own == "dotnet" ? new("dotnet", [Path.Combine(folder, "bench-torch.dll"), .. arguments])
                : new(Path.Combine(folder, own), arguments);
            start.Environment[Variable] = "1";
            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The calls so far by native function; the program must be the copy.</summary>
    public static Dictionary<string, long> Read()
    {
        Type counts = Type.GetType($"{CounterType}, TorchSharp", throwOnError: true)!;
        var names = (string)counts.GetField("Names")!.GetRawConstantValue()!;
        var values = (long[]?)counts.GetField("Values")!.GetValue(null);
        return names.Split(';').Zip(values!).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static void Rewrite(string from, string to)
    {
        using AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(from);
        ModuleDefinition module = assembly.MainModule;
        MethodDefinition[] natives = [.. module.GetAllTypes().SelectMany(type => type.Methods).Where(method => method.IsPInvokeImpl)];
        FieldDefinition values = AddCounters(module, natives);
        foreach ((int i, MethodDefinition method) in natives.Index())
            Count(module, method, values, i);
        assembly.Write(to);
    }

    /// <summary>Adds a class with an array of counts, and the functions' names in one constant.</summary>
    private static FieldDefinition AddCounters(ModuleDefinition module, MethodDefinition[] natives)
    {
        var type = new TypeDefinition("", CounterType, TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed,
            module.TypeSystem.Object);
        module.Types.Add(type);
        string names = string.Join(';', natives.Select((method, i) => $"{method.PInvokeInfo.EntryPoint}#{i}"));
        type.Fields.Add(new("Names", FieldAttributes.Public | FieldAttributes.Static | FieldAttributes.Literal, module.TypeSystem.String)
        {
            Constant = names,
        });
        var values = new FieldDefinition("Values", FieldAttributes.Public | FieldAttributes.Static, new ArrayType(module.TypeSystem.Int64));
        type.Fields.Add(values);
        var start = new MethodDefinition(".cctor", MethodAttributes.Private | MethodAttributes.Static | MethodAttributes.SpecialName |
            MethodAttributes.RTSpecialName, module.TypeSystem.Void);
        ILProcessor code = start.Body.GetILProcessor();
        code.Emit(OpCodes.Ldc_I4, natives.Length);
        code.Emit(OpCodes.Newarr, module.TypeSystem.Int64);
        code.Emit(OpCodes.Stsfld, values);
        code.Emit(OpCodes.Ret);
        type.Methods.Add(start);
        return values;
    }

    /// <summary>Makes a native declaration a method that counts and calls the declaration under another name.</summary>
    private static void Count(ModuleDefinition module, MethodDefinition method, FieldDefinition values, int index)
    {
        var native = new MethodDefinition($"{method.Name}#native{index}", method.Attributes, method.ReturnType)
        {
            PInvokeInfo = method.PInvokeInfo, ImplAttributes = method.ImplAttributes,
            MethodReturnType = { MarshalInfo = method.MethodReturnType.MarshalInfo },
        };
        foreach (ParameterDefinition parameter in method.Parameters)
        {
            native.Parameters.Add(
                new(parameter.Name, parameter.Attributes, parameter.ParameterType) { MarshalInfo = parameter.MarshalInfo });
            parameter.MarshalInfo = null;
        }
        method.DeclaringType.Methods.Add(native);
        method.MethodReturnType.MarshalInfo = null;
        method.PInvokeInfo = null;
        method.IsPInvokeImpl = false;
        method.ImplAttributes = MethodImplAttributes.IL | MethodImplAttributes.Managed;
        method.Body = new MethodBody(method);
        ILProcessor code = method.Body.GetILProcessor();
        code.Emit(OpCodes.Ldsfld, values);
        code.Emit(OpCodes.Ldc_I4, index);
        code.Emit(OpCodes.Ldelema, module.TypeSystem.Int64);
        code.Emit(OpCodes.Dup);
        code.Emit(OpCodes.Ldind_I8);
        code.Emit(OpCodes.Ldc_I4_1);
        code.Emit(OpCodes.Conv_I8);
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Stind_I8);
        foreach (ParameterDefinition parameter in method.Parameters)
            code.Emit(OpCodes.Ldarg, parameter);
        code.Emit(OpCodes.Call, native);
        code.Emit(OpCodes.Ret);
    }
}
