using System.Globalization;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Tests.Writing;

// Random models of six families, with each head, written as ONNX files and run by ONNX Runtime: the outputs must be this library's. Those
// of 32-bit floats are read back: the weights must be the same, bit for bit.
// usage: roundtrip [models first-seed [directory]]     500 models, seed 0; the files stay in the directory, for check.py there
int models = args.Length > 0 ? Number(args[0]) : 500, first = args.Length > 1 ? Number(args[1]) : 0;
string? kept = args.Length > 2 ? args[2] : null;
string directory = kept ?? Directory.CreateTempSubdirectory("roundtrip").FullName;
int wrong = 0;
try
{
    foreach ((OnnxPrecision precision, double tolerance) in new[] { (OnnxPrecision.Float32, 2e-5), (OnnxPrecision.Float16, 2e-2) })
    {
        double worst = 0;
        string worstModel = "";
        for (int seed = first; seed < first + models; seed++)
        {
            string name = kept is null ? "model.onnx" : $"{precision}-{seed}.onnx";
            (string description, double difference) = ("", 0);
            try
            {
                (description, difference) = RoundTrip.Run(seed, Path.Combine(directory, name), precision);
            }
            catch (Exception exception) // the others run on; the exit code says that one failed
            {
                wrong++;
                Console.WriteLine($"{precision}: {seed}: {exception.Message}");
            }
            if (difference > worst)
                (worst, worstModel) = (difference, description);
            if (difference <= tolerance)
                continue;
            wrong++;
            Console.WriteLine($"{precision}: {difference:g2} in {description}");
        }
        Console.WriteLine($"{models} models as {precision}, seeds {first} to {first + models - 1}: at most {worst:g2} ({worstModel})");
    }
}
finally
{
    if (kept is null)
        Directory.Delete(directory, recursive: true);
}
return wrong == 0 ? 0 : 1;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
