namespace SweepSchedules;

/// <summary>Some paragraphs in the style of the embedded model's training text.</summary>
internal static class Paragraphs
{
    public static IReadOnlyList<string> All { get; } =
    [
        "The road ran along the edge of the wood for a mile or more before it turned down to the village, and as the rain had not yet " +
            "ceased, the two travellers were glad when they saw a light in the window of the inn.",
        "Mrs. Hartley had lived so long in the old house that she could not think of it as anything but her own, and when the lawyer " +
            "wrote to her that it must be sold, she put the letter into the fire without a word.",
        "\"I do not ask you to believe me,\" said the captain, rising from his chair and going to the window, \"but I have seen the ship " +
            "with my own eyes, and there was not a living soul on board of her when we came alongside.\"",
        "It was late in the evening when they came to the river, and the ferryman, who had gone to bed, would not come out to them until " +
            "they had called to him for a quarter of an hour and promised him double his fare.",
        "The young man had no money and no friends in London, but he had a good coat and a cheerful temper, and he walked up and down the " +
            "street before the great house until the servants began to look at him through the blinds.",
        "She had never been a handsome woman, but there was something in her face which made people turn to look at her again, and those " +
            "who had once heard her speak did not soon forget the sound of her voice.",
        "There was a silence of some minutes, during which the old doctor looked into the fire, and the boy, who had never before been " +
            "spoken to in such a manner, stood with his hat in his hand and did not know what to do.",
        "When the morning came the snow lay so deep about the farm that the door could not be opened, and the men had to climb out of the " +
            "upper window and dig their way down to the stable where the horses were.",
        "My father was a clergyman in a small parish in the north, where there were more sheep than people, and I was brought up among " +
            "books and hills, with no companion of my own age but the daughter of the miller.",
        "The letter was short, and had plainly been written in great haste; it said only that her brother was ill, that he wished to see " +
            "her, and that she was not to tell any one at home where she was going.",
        "He took the lamp from the table and went slowly down the stairs, stopping at each step to listen, for he was quite certain now " +
            "that he had heard somebody moving about in the room below.",
        "They sat together under the great tree at the end of the garden, and talked of all that had happened since they parted, until " +
            "the sun went down behind the hill and the servants came out to call them in to supper.",
        "Nobody in the town knew where the stranger had come from, nor what his business was, but he paid for everything with gold, and " +
            "he was seen every morning walking by himself upon the shore.",
        "The judge, who had been asleep during the greater part of the speech, woke up at this moment and desired to be told what the " +
            "witness had said, and the whole of it had to be read to him again.",
        "I had hardly closed the gate behind me when I heard my name called, and turning round I saw my aunt hurrying after me with her " +
            "bonnet in her hand and an expression of the greatest alarm.",
        "At last the door was opened by an old woman with a candle, who looked at them for a long time without speaking, and then told " +
            "them that her master was from home and would not be back before Sunday.",
    ];
}
