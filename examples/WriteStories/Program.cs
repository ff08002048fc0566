using System.CommandLine;
using System.Text;
using Microsoft.ML.Diffusion;
using WriteStories;

string[] defaultPrompts =
[
    "It was a dark night, and the old house",
    "\"My dear Elizabeth,\" said her mother, \"",
    "The captain looked out over the sea, and",
    "When the letter came at last,",
];

var prompts = new Option<string[]>("--prompt") { Description =
    "A prompt; give the option again for more. With an empty one the model writes freely." };
var seed = new Option<int>("--seed") { Description = "The same seed writes the same texts.", DefaultValueFactory = _ => 2 };
var tokens = new Option<int>("--tokens") { Description = "The number of tokens to write after a prompt.", DefaultValueFactory = _ => 96 };
var steps = new Option<int>("--steps") { Description = "The number of denoising steps.", DefaultValueFactory = _ => 96 };
var model = new Option<DirectoryInfo?>("--model") { Description =
    "A Hugging Face directory with a masked-language head; without it, the embedded model." };
var svg = new Option<FileInfo?>("--svg") { Description = "An SVG file for a drawing of the first text's denoising, step by step." };
var animation = new Option<FileInfo?>("--animation") { Description = "An SVG file for an animation of the same." };
var root = new RootCommand("A pipeline writes stories after prompts and shows their denoising.")
{
    prompts, seed, tokens, steps, model, svg, animation
};
root.SetAction(result =>
{
    // Without this, a console on Windows shows ‘’ and £ as question marks.
    Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
    try
    {
        Stories.Write(
            result.GetValue(prompts) is { Length: > 0 } given ? given : defaultPrompts,
            result.GetValue(model) is DirectoryInfo directory ? EncoderModel.FromDirectory(directory.FullName) : EncoderModel.Default,
            result.GetValue(seed), result.GetValue(tokens), result.GetValue(steps), result.GetValue(svg), result.GetValue(animation));
        return 0;
    }
    catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException
        or NotSupportedException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
});
return root.Parse(args).Invoke();
