using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public unsafe class AdamWTests
{
    /// <summary>The test of Google's BERT (optimization_test.py): w reaches [.4, .2, −.5] under the mean squared distance, without bias correction.</summary>
    [TestMethod]
    public void Reaches_the_target_of_Googles_test()
    {
        using Engine engine = CpuEngine.Create(1);
        using Parameter parameter = Create(engine, [.1f, -.2f, -.1f]);
        float[] target = [.4f, .2f, -.5f], weights = new float[3], gradient = new float[3];
        for (int step = 1; step <= 100; step++)
        {
            engine.Read(parameter.Value!, 0, weights);
            for (int i = 0; i < 3; i++)
                gradient[i] = 2f / 3 * (weights[i] - target[i]);
            engine.Write(parameter.Gradient!, 0, gradient);
            engine.Update([parameter], AdamWReference.Settings(step, rate: .2, epsilon: 1e-6, correct: false));
        }
        engine.Read(parameter.Value!, 0, weights);
        for (int i = 0; i < 3; i++)
            Assert.AreEqual(target[i], weights[i], 1e-2);
    }

    [TestMethod]
    [DataRow(0.0, 1.0, true)]
    [DataRow(.1, 1.0, true)]
    [DataRow(.01, .37, true)]
    [DataRow(.01, .37, false)]
    public void Is_the_papers_algorithm(double decay, double gradientScale, bool correct)
    {
        const int length = 37;
        float[] start = Numbers.Normal(length, "start");
        using CpuEngine<LanesDouble, double> engine = new(2);
        using Parameter parameter = Create(engine, start);
        AdamWReference expected = new(start);
        for (int step = 1; step <= 50; step++)
        {
            float[] gradient = Numbers.Normal(length, $"gradient {step}");
            engine.Write(parameter.Gradient!, 0, gradient);
            AdamWStep settings = AdamWReference.Settings(step, rate: .01 * step, decay, gradientScale, correct: correct);
            engine.Update([parameter], settings);
            expected.Step(gradient, settings);
        }
        double* weights = ((CpuBuffer<double>)parameter.Value!).Pointer;
        for (int i = 0; i < length; i++)
            Assert.AreEqual(expected.Weights[i], weights[i], 1e-12);
    }

    private static Parameter Create(Engine engine, float[] values)
    {
        Parameter parameter = new("w", 1, values.Length)
        {
            Value = engine.CreateBuffer(values.Length),
            Gradient = engine.CreateBuffer(values.Length),
            FirstMoment = engine.CreateBuffer(values.Length),
            SecondMoment = engine.CreateBuffer(values.Length),
        };
        engine.Write(parameter.Value, 0, values);
        return parameter;
    }
}
