using System.CommandLine;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.FineTune;

var root = new RootCommand("Fine-tunes a model on real data as a user does, through ML.NET, and compares it with simple baselines.")
{
    ClassificationCommand.Create(TextSet.Sst2,
        "SST-2: is a phrase of a film review positive? All of GLUE's training phrases; measured on its dev set."),
    ClassificationCommand.Create(TextSet.Trec,
        "TREC: what does a question ask for, of 6 coarse classes? The last 500 questions are held out."),
    ClassificationCommand.Create(TextSet.Mrpc, "MRPC: do two sentences say the same? The last 500 pairs are held out."),
    BagOfWordsCommand.Create(),
    FewRowsCommand.Create(),
    NamedEntityCommand.Create(
        "conll", "CoNLL-2003: persons, organisations, locations and others in news of 1996. Learns from eng.train, is " +
            "measured on eng.testa.",
        "conll2003/eng.train", "conll2003/eng.testa"),
    NamedEntityCommand.Create(
        "wnut", "WNUT-2017: rare and new entities of six types in what people write online. Measured on the dev set.",
        "wnut17/wnut17train.conll", "wnut17/emerging.dev.conll"),
    SquadCommand.Create(),
};
return await CommandRunner.RunAsync(root, args);
