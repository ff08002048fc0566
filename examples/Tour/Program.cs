using System.CommandLine;
using System.Text;
using Tour;
using Tour.Parts;

var seed = new Option<int>("--seed") { Description = "The same seed gives the same texts and models.", DefaultValueFactory = _ => 3 };
var quick = new Option<bool>("--quick") { Description = "Writes and trains less, to see that everything works." };
var root = new RootCommand("Shows what Diffusion.ML does with its embedded model, each part with its seconds.") { seed, quick };
root.SetAction(result =>
{
    // Without this, a console on Windows shows ‘’ and the bars as question marks.
    Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
    int given = result.GetValue(seed);
    bool less = result.GetValue(quick);
    ITourPart[] parts =
    [
        new ModelPart(),
        new WritePart(given, less),
        new InfillPart(given),
        new FillMaskPart(),
        new ClassifyPart(given, less),
        new FindNamesPart(given, less),
    ];
    var screen = new Screen();
    foreach (ITourPart part in parts)
        screen.Show(part);
    screen.Finish(
        "Now with your own model",
        "diffusion-ml get distilbert/distilbert-base-uncased --output distilbert",
        "diffusion-ml train classify --model distilbert --data texts.csv --label Category --text Text --output model.zip",
        "In C#, Model = EncoderModel.FromDirectory(\"distilbert\"): see README.md, \"Your own checkpoint\"");
    return 0;
});
return root.Parse(args).Invoke();
