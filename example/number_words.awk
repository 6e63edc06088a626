# Numbers from 1 to 9999 and their names, a pair a line: awk -f example/number_words.awk >numbers.txt
function below_hundred(n) { return n < 20 ? one[n] : ten[int(n / 10)] (n % 10 ? "-" one[n % 10] : "") }

function name(n) {
    if (n >= 1000)
        return name(int(n / 1000)) " thousand" (n % 1000 ? " " name(n % 1000) : "")
    if (n >= 100)
        return one[int(n / 100)] " hundred" (n % 100 ? " and " below_hundred(n % 100) : "")
    return below_hundred(n)
}

BEGIN {
    split("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " \
          "sixteen seventeen eighteen nineteen", one, " ")
    split("ten twenty thirty forty fifty sixty seventy eighty ninety", ten, " ")
    for (n = 1; n < 10000; n++)
        print n "\t" name(n)
}
