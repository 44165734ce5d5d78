/* pattern_gram.c - which piece of a text is the rarest in URLs?
 *
 * A literal is looked for by one gram of it, and the rarer that gram, the fewer URLs make the index look
 * twice. The estimate is a first-order model of lower-case URLs: first[a] and then[a][b] are the negative
 * logarithms (base 2, as letters: a is 0) of the shares of a byte and of a byte behind another, counted over
 * some 147,000 public URLs. Bytes fall into 37 kinds: letters, digit, ten marks, others. A wrong estimate
 * costs time only, never an answer. */
#include "policy/pattern_literal.h"

#include <pthread.h>

enum { KINDS = 37, DIGIT = 26, OTHER = 36 };

static const char first[] = "egffeggffhhfffffifeeghfhhidfeghghjggi";
static const char then[KINDS][KINDS + 1] = {
    "ffeeggehfigeeehfheeeggghfhefgghhilfkk", "effgegghehheghehhffgfhghghddgghgijfni",
    "eggfehhefhffggcgjfffgihihiefghhgjkfkj", "egfgdfghehhggfeghgfgfhhhhidffggehjfji",
    "efffgghigiiffeggideehggfhifeefgghkgki", "egfgefhgehhfghefhefffgfhhhdfhgiggieli",
    "egggdhgfdhiehgehieggfhhihifedghgihhlj", "fhhheiiifiihhhegihhbeiiihiggghigkjilk",
    "fgedegfihhgfedefigedhghhihggghjhllilk", "egggegggfgggggedfgcgggghggehhiiijjjpj",
    "egggdgggdhhgggfghgeffgggggedefgfijgni", "dggfdghidhheghehiheffhhhfifffghfhigli",
    "dfggdhgiehheghffjhggghiihhgfchhgijgjj", "ehfedgehfhgghgfgihedghhhhhgeffgghjgkj",
    "ggffhgfihggfcdefjdffegggiihfghiijlilk", "ehhgfhggfiiehhfgjecgfiiihigggghgjigei",
    "fffgfgfffggffffgggeedefgggegghggikhoj", "ehfgdgeheigfggegigfefghifigfffggikhkj",
    "gifhehifejhghiffihfdgihjgigedfhghhgci", "ehgiehifejjheifcjffcghhjgihffghgihhkk",
    "gdfffgfieifffehfidedhhighhfgfhfhjnink", "egggcgghdhhgggfghggggghhggeffggeimhik",
    "fihhfhhheiihhgfhihfhiibiiifchhigikilk", "fgfgfgggfghgffgfggfegghgggddffgghhgni",
    "efggfgggfghefeeehgffghfghgeeefgghjgmi", "egffefffeggfefegggfgfgffffeffhhejlhik",
    "fgffgfiiiiihhiiiiiiiiiihiibffgihekfjg", "fgcffgfefehgfeefjfffghgigjemonjulqlsn",
    "fgefggfgfghgfghejfefhgdiijeocljulilqh", "efeffffgfhhffgfeifeffggihiclkiksjrhrj",
    "efefffgeeghfffgeifeefffhhhdhhjghlpioj", "fgfggfhehgjhhghfkhggghhjhjbljhikflgsh",
    "efdefffgeghffggeheeedfghigilklgpksmsk", "egeffgfgeihdggheifeffdghkhfmikgnhiloj",
    "hfiehmttrrtttttqrtkpjqttttatttttrtotp", "jlljmlmnjkollkmkpkljlnlpqofralnsrsilh",
    "fgeffgggggggfggfhfdfggghijcihiigglele",
};

/* Grams that most URLs have, which the model, looking at two bytes at a time, takes for rare. */
static const char common[] =
    "http ttps tps: ps:/ s:// ttp: tp:/ p:// ://w //ww /www www. .com com/ .org org/ .net net/ .htm html "
    "e.co s.co n.co t.co ww.c stat tati atic tion inde ndex dex. imag mage page home";
enum { COMMON_BITS = 7 };

static unsigned kind_of(char c)
{
    static const char marks[] = "./-_=&?%:";
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a');
    if (c >= '0' && c <= '9')
        return DIGIT;
    const char *mark = c ? strchr(marks, c) : NULL;
    return mark ? DIGIT + 1 + (unsigned)(mark - marks) : OTHER;
}

/* A bit for each piece of those grams, by its hash: nearly all grams of a pattern are none, and each is
 * asked. */
enum { COMMON_MAP_BITS = 12 };
static uint64_t common_map[(1 << COMMON_MAP_BITS) / 64];
static pthread_once_t common_once = PTHREAD_ONCE_INIT;

static uint32_t piece_bit(const char *p, size_t n)
{
    uint32_t gram = 0;
    memcpy(&gram, p, n);
    return (gram + (uint32_t)n) * UINT32_C(0x9e3779b1) >> (32 - COMMON_MAP_BITS);
}

static void fill_common_map(void)
{
    for (const char *word = common; *word; word += strcspn(word, " "), word += *word == ' ')
        for (size_t n = 2; n <= 4; n++)
            for (size_t i = 0; i + n <= 4; i++) {
                uint32_t bit = piece_bit(word + i, n);
                common_map[bit / 64] |= UINT64_C(1) << (bit % 64);
            }
}

static bool is_common(const char *p, size_t n)
{
    uint32_t bit = piece_bit(p, n);
    pthread_once(&common_once, fill_common_map);
    if (!(common_map[bit / 64] >> (bit % 64) & 1))
        return false;
    for (const char *word = common; *word; word += strcspn(word, " "), word += *word == ' ')
        for (size_t i = 0; i + n <= 4; i++)
            if (memcmp(word + i, p, n) == 0)
                return true;
    return false;
}

uint32_t pattern_gram_frequency(const char *p, size_t n)
{
    unsigned kind = kind_of(p[0]), bits = (unsigned)(first[kind] - 'a');
    for (size_t i = 0; i < n; i++) {
        unsigned next = kind_of(p[i]);
        if (i)
            bits += (unsigned)(then[kind][next] - 'a');
        if (next == DIGIT)
            bits += 3; /* one digit of ten */
        kind = next;
    }
    if (is_common(p, n))
        bits = COMMON_BITS;
    return UINT32_C(1) << (bits < 30 ? 30 - bits : 0);
}

size_t pattern_gram_rarest(struct sl_str text, uint32_t *out)
{
    size_t n = SL_MIN(text.n, (size_t)4), best = 0;
    *out = UINT32_MAX;
    for (size_t i = 0; i + n <= text.n; i++) {
        uint32_t frequency = pattern_gram_frequency(text.p + i, n);
        if (frequency < *out) {
            *out = frequency;
            best = i;
        }
    }
    return best;
}
