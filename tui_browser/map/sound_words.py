"""Words in file and folder names that describe sounds outside the drum kit, by kind of sound.

A line is a label, then what else is written for it; one that begins with `*` is labels alone. A label behind `~` says
little where another stands beside it, one behind `~~` less still ("bass hit", "metal hit", "bass clarinet"). Plurals
are understood, and so are words put together of which one is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tui_browser.map.path_tokens import LONGEST

_TEXT: dict[str, str] = {
    "bass": """
        ~bass: basse basso bajo baixo bassline basslines subbass ebass bassgtr bassguitar jvbass
        ~sub: subs subkick
        ~reese: neuro wub wubs wobble growlbass
        acid: squelch
    """,
    "voice": """
        speech: spoken speak speaking talk talking talks say says said dialog dialogue narration narrator announcer
            announcement voiceover voiceovers speakspell speechless word words phoneme phonemes diphone alphabet sprache
            sprechen parole habla fala fsdd spellbook vocabulary radiovoice interview numbers counting trump
        ~voice: voices voix stimme stimmen voz voce voci voxy human people persons
        vocals: vocal vox voc vocs acapella acappella acapellas sing singing singer singers sung gesang chant chants
            canto chanson adlib adlibs lyric rap rapper vocoder vocoded
        choir: choirs chorus chor coro aah aahs ooh oohs gospel
        beatbox: beatboxing mouthdrum mouth tongue
        laugh: laughs laughing laughter giggle chuckle lachen rire risa
        shout: scream screams screaming yell yelling cry crying hey yeah ugh
        crowd: cheer cheers cheering applause audience
        breath: breaths breathing breathe inhale exhale gasp sigh moan cough sneeze burp whisper whispers snore kiss
    """,
    "strings": """
        guitar: guitars gtr gtrs guit aguitar eguitar guitarra guitare gitarre chitarra violao strum strums strat
            stratocaster telecaster powerchord
        ukulele: uke ukulele
        * banjo mandolin bouzouki lute
        harp: harps harpe arpa harfe lyre autoharp
        * koto guzheng kora zither dulcimer sitar sarod tanpura oud shamisen sarangi erhu rebab saz baglama
        violin: violine geige violon violini violino fiddle
        viola: bratsche
        cello: celli violoncello violoncelle
        double bass: doublebass contrabass kontrabass contrebasse contrabasso upright
        strings: stringed orchestra orchestral orch ensemble spiccato legato arco tremolo streicher cordes archi cuerdas
        pizzicato: pizz
        ~string: bowed bow
        ~plucked: pluck plucks plucky twang strummed
    """,
    "winds": """
        flute: flauta flauto panflute floete querfloete
        whistle: whistling tinwhistle swanee pfeife
        * recorder piccolo ocarina shakuhachi bansuri ney duduk shehnai bagpipe
        clarinet: klarinette clarinette clarinetto
        oboe: hautbois
        bassoon: contrabassoon fagott basson fagotto
        sax: saxes saxophone saxophones saxophon saxofon
        trumpet: trompete trompette tromba trompeta cornet flugelhorn
        trombone: posaune
        * tuba euphonium
        brass: blaeser ottoni
        horn: horns french corno cor airhorn vuvuzela bugle
        didgeridoo: digeradoo didge didgeridu
        accordion: akkordeon accordeon concertina bandoneon
        * harmonica melodica harmonium khaen
        jaw harp: mouthharp jawharp maultrommel
        woodwind: woodwinds winds aerophone aerophones
    """,
    "keys": """
        ~piano: pianos klavier pno grandpiano upiano
        electric piano: epiano rhodes wurlitzer wurli wurly clav clavinet epno
        organ: organs orgel orgue organo hammond eorgan drawbar farfisa leslie
        harpsichord: cembalo clavecin celesta celeste spinet
        ~~keys: keyboard keyboards clavier tasten mellotron casio
        ~synth: synths synthesizer synthesiser synthetic analogsynth fmsynth moog juno prophet oberheim modular eurorack
            buchla sid chiptune chip serum sylenth massive
        pad: pads padlong
        * drone texture
        ambience: ambient atmos atmosphere soundscape soundscapes
        lead: leads supersaw hoover
        stab: rave
        chord: akkord accord
        arp: arpeggio arpeggiated arpy sequence
        single cycle: akwf wavetable wavetables singlecycle waveform waveforms oscillator oscillators oscchip
        ~~tone: tones sine sinewave square saw sawtooth pulse theremin
    """,
    "percussion": """
        conga: congas tumba tumbas quinto tumbadora
        bongo: bongos bongoes
        djembe: jembe
        dundun: dunun dununba kenkeni sangban djundjun
        talking drum: tama
        tabla: bayan naad
        mridangam: mrid chaapu gumki
        * dholak dhol pakhawaj khol kanjira ghatam riq bendir daf udu
        darbuka: darabuka doumbek dumbek derbake
        cajon: cajons cajones
        frame drum: framedrum bodhran
        taiko: taikos daiko odaiko shime
        timbales: timbale timbal
        timpani: timpano pauken kettledrum
        cuica: quica
        * surdo repinique tamborim pandeiro caixa berimbau batucada
        tambourine: tambourin tambourines tamb pandereta
        claves: clave
        castanets: castanet
        maracas: maraca
        woodblock: woodblk templeblock
        * guiro cabasa rainstick vibraslap ratchet rattle washboard balafon marimba
        kalimba: mbira sansula thumbpiano
        xylophone: xylo xylophon
        body percussion: bodypercussion fingersnap fingersnaps snap snaps snapping stomp stomps footstomp
        ~~percussion: membranophone membranophones afrique african hand perc percs percu percusion percussions
            percussive schlagwerk drumstick stick sticks
        ~wood: wooden woods holz bois legno bamboo logdrum
    """,
    "bells": """
        bell: bells glocke glocken cloche campana campane sleigh sleighbell sleighbells belltree handbell carillon
        chime: chimes windchime windchimes marktree
        glockenspiel: glock glocks
        vibraphone: vibraphones vibes vibrafon
        gong: gongs tamtam singingbowl bowl bowls
        triangle: triangles triangulo triangel
        agogo: agogos
        steel drum: steeldrum steelpan jsteeldrum
        handpan: hang hangdrum
        music box: musicbox musicboxes
        ~~idiophone: idiophones
        anvil: brakedrum
        * flexatone
        ~metal: metallic metals metalic metalhit clang clangs clank clanks ping pings ting
        ~glass: glas verre vetro crystal bottle bottles wineglass
        * angklung
    """,
    "effects": """
        laser: lasers zap zaps blaster raygun phaser
        game: arcade coin coins jump jumps powerup vgame videogame chipgame retro nes gameboy invaders pong
        beep: beeps blip blips bleep bleeps bip bips interface button buttons ui
        * feedback industrial electromagnetic
        robot: robots computer computers scifi alien aliens spaceship space
        riser: risers rise uplifter uplifters buildup downlifter sweep sweeps swell
        swoosh: swooshes woosh wooshes whoosh whooshes swish swishes
        impact: impacts impactsound impactsounds boom booms slam slams explosion explosions explode bang bangs cinematic
        glitch: glitches glitchy granular bitcrush bitreduced stutter
        noise: noises noisy static hiss hum buzz crackle rauschen bruit ruido rumore
        vinyl: scratch scratches scratching turntable crackles
        siren: sirens alarm alarms buzzer
        monster: monsters creature creatures beast roar roars growl growls ghost zombie
        weapon: weapons gun guns gunshot gunshots shotgun rifle sword swords whip
        ~~click: clicks clicky tick ticks
        ~~pop: pops plop plops
        ~~effect: effects fx sfx fxs efx effekt effets efectos effetti weird jingle jingles
    """,
    "foley": """
        footstep: footsteps steps footfall footfalls walking
        door: doors doorslam gate drawer drawers lock locker
        water: drip drips droplet droplets splash splashes bubble bubbles pouring ocean sea rain river waterfall shower
            wasser eau agua acqua fountain
        wind: breeze thunder storm
        fire: flame flames lighter
        stones: stone rock rocks pebble pebbles gravel brick bricks sand
        birds: bird chirp tweet rooster gull vogel oiseau cuckoo
        * crow frog horse sheep
        dog: dogs bark barking
        cat: meow
        insects: insect cricket crickets bee bees
        animal: cow goat pig
        car: vehicle traffic truck motorbike motorcycle
        engine: motor
        train: subway tram
        plane: airplane helicopter
        mechanical: drill drills powertool mechanisms mechanism machinery pump fan compressor printer typewriter
            radiator shaver shredder vacuum blender wiper
        tools: toolbox wrench hammer hammers handsaw nail nails screw screws stapler spring springs
        cloth: fabric shoe shoes zipper jeans
        switch: switches lightswitch lever buttonpress
        phone: phones telephone telephones
        clock: clocks
        paper: cardboard carton book books page pages writing pencil
        plastic: rubber foil styrofoam
        kitchen: knife knives cup cups pot pots can cans tin cutlery dish dishes food eating spoon fork microwave
            cooking lid melon fruit
        trash can: trash trashcan garbage garbagecan dumpster
        ~scrape: scrapes scraping scraped rip tear tearing squeak squeaks creak creaks friction rub rubbing rattling
            crunch crumple crush slide slides dragging
        chain: chains keysjingle
        toy: toys balloon ball balls marble marbles slinky
        nature: outdoor outdoors forest fieldrecording fieldrecordings
        slime: mud gooey slimy goo squish
        ~~foley: household everyday object objects debris
        ~~hit: knock knocks thump thumps thud thuds punch punches smack
    """,
    "loops": """
        ~~loop: loops looped schleife boucle bucle
        ~~break: breaks breakbeat breakbeats amen groove grooves beat beats drumloop drumloops
        ~~fill: fills
        ~~melody: melodies riff riffs jam
    """,
}


TOPICS = tuple({"keys": "keys, synths"}.get(topic, topic) for topic in _TEXT)
"""What the parts of this file are about, as a person reads it."""
COMPOUND, REMAINDER = 5, 3
"""Letters that a known word must have to be looked for within a longer one, and that must be left then."""

_NO_COMPOUNDS = frozenset(("flamenco", "philharmonia", "philharmonic", "spacious", "stoneage", "gamelan", "soundfonts"))
"""Words with a known one in them that they have nothing to do with."""
_PAIRS = {
    "bass drum": "", "bass drums": "", "steel drum": "steel drum", "steel drums": "steel drum",
    "steel pan": "steel drum", "talking drum": "talking drum", "talking drums": "talking drum",
    "frame drum": "frame drum", "frame drums": "frame drum", "double bass": "double bass",
    "upright bass": "double bass", "bass guitar": "bass", "electric bass": "bass", "slap bass": "bass",
    "synth bass": "bass", "bass synth": "bass", "electric piano": "electric piano", "music box": "music box",
    "jaw harp": "jaw harp", "mouth harp": "jaw harp", "jews harp": "jaw harp", "single cycle": "single cycle",
    "body percussion": "body percussion", "finger snap": "body percussion", "wind chime": "chime",
    "wind chimes": "chime", "bell tree": "bell", "singing bowl": "gong", "singing bowls": "gong",
    "thumb piano": "kalimba", "wood block": "woodblock", "wood blocks": "woodblock", "brake drum": "anvil",
    "drum loop": "break", "drum loops": "break", "bass loop": "bass", "water drop": "water", "water drops": "water",
    "spoken word": "speech", "voice over": "speech", "hand clap": "", "hand claps": "", "sci fi": "robot",
    "hand drum": "percussion", "hand drums": "percussion", "hi hat": "", "rim shot": "", "side stick": "",
    "cross stick": "", "stick click": "", "french horn": "horn", "english horn": "oboe", "cor anglais": "oboe",
    "wind instruments": "woodwind", "string section": "strings", "drum machine": "", "drum machines": "",
    "phaser kick": "", "sub kick": "", "sound effect": "effect", "sound effects": "effect", "big room": "",
    "mezzo piano": "", "bass kick": "", "kick bass": "", "square wave": "tone", "saw wave": "tone", "drum kit": "",
    "water phone": "gong",
}  # fmt: skip
"""Two words in a row that mean something else together; an empty label is a drum, or nothing."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words above, ready to be looked up."""

    labels: tuple[str, ...]
    """(L,) what a person reads."""
    topics: tuple[int, ...]
    """(L,) each one's place in `TOPICS`."""
    rank: tuple[int, ...]
    """(L,) of two labels of one sample the higher counts: 2, or less for what says little."""
    words: dict[str, int]
    """The label of each word."""
    pairs: dict[tuple[str, str], int]
    """The label of two words in a row; -1 for none."""

    def label(self, word: str) -> int:
        """The label of a word in small letters (`LONGEST` of them), also of a plural or a compound; -1 for none."""
        whole = self.words.get(word, self.words.get(word.removesuffix("s"), -1))
        if whole >= 0 or word in _NO_COMPOUNDS:
            return whole
        parts = [word[at:] for at in range(REMAINDER, len(word) - COMPOUND + 1)]
        parts += [word[:at] for at in range(len(word) - REMAINDER, COMPOUND - 1, -1)]
        return next((self.words[part] for part in parts if part in self.words), -1)


@cache
def lexicon() -> Lexicon:
    """All labels and words of this file."""
    labels: list[str] = []
    topics: list[int] = []
    rank: list[int] = []
    words: dict[str, int] = {}
    for topic, text in enumerate(_TEXT.values()):
        for line in _lines(text):
            head, _, tail = line.partition(":")
            labels.append(head.strip().lstrip("~"))
            topics.append(topic)
            rank.append(2 - head.count("~"))
            words |= dict.fromkeys((word[:LONGEST] for word in (labels[-1], *tail.split())), len(labels) - 1)
    named = {label: at for at, label in enumerate(labels)}
    pairs = {(pair.split()[0], pair.split()[1]): named[label] if label else -1 for pair, label in _PAIRS.items()}
    return Lexicon(tuple(labels), tuple(topics), tuple(rank), words, pairs)


def _lines(text: str) -> Iterator[str]:
    """One line a label, with all that is written for it."""
    for line in re.sub(r"\n {12}", " ", text).split("\n"):
        if line.strip().startswith("*"):
            yield from line.replace("*", "").split()
        elif line.strip():
            yield line
