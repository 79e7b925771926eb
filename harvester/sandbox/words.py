"""What the simulated literature is made of: themes, title patterns, names, venues. Data only.

Every author, institute and venue here is invented, Global Policy aside; a likeness to anybody is chance.
"""

from __future__ import annotations

import msgspec


class Theme(msgspec.Struct, frozen=True):
    """A subject: how its titles, abstracts and keywords read, and which themes its articles also cite."""

    key: str
    topic: str
    field: str
    domain: str
    share: int  # of a hundred articles
    near: tuple[str, ...]
    keywords: tuple[str, ...]
    titles: tuple[str, ...]
    sentences: tuple[str, ...]


_POLITICS = ("Political Science and International Relations", "Social Sciences")

THEMES = (
    Theme(
        "dissociation", "Dissociation of States from International Institutions", *_POLITICS, 22,
        ("withdrawal", "contestation", "security"),
        ("Dissociation", "International institutions", "Estrangement", "Norms", "Recognition"),
        (
            "Dissociation from {i}: {a} and {c}",
            "How States Dissociate: {a}, {i} and {c}",
            "Distancing Without Leaving: {a} in {i}",
            "Estranged Members: {c} in {i}",
            "The Long Dissociation of {a} From {i}",
            "After the Break: Conflict Between {a} and {b} Once {i} Is Left Behind",
            "Dissociation, {c} and the Core Rules of {i}",
            "When Members Drift Away: {c} and the Case of {a}",
        ),
        (
            "This article asks why {a} distanced itself from the core rules of {i}.",
            "Dissociation is the intended distancing from the rules of an institution, short of exit or beyond it.",
            "The process unfolds in stages, and {c} explains when tension between the remaining members and {a} rises.",
            "Interviews and coded speeches show that {c} came first and material interest second.",
        ),
    ),
    Theme(
        "withdrawal", "Withdrawal from Treaties and International Organizations", *_POLITICS, 18,
        ("dissociation", "contestation"),
        ("Withdrawal", "Exit", "International organization", "Treaty", "Multilateralism"),
        (
            "Leaving {i}: {c} and the Price of Exit",
            "Exit From {i}: Evidence From {a}",
            "Why Do States Withdraw? {c} in {i}",
            "Threatening to Leave: {a}, {b} and {i}",
            "Withdrawal, Re-entry and {c} in {i}",
            "The Politics of Exit: {a} and {c}",
            "Who Follows the Leaver? {i} After {a}",
        ),
        (
            "States rarely leave international organizations, yet {a} announced its withdrawal from {i}.",
            "A new set of withdrawals and threats of withdrawal is used to estimate how {c} shapes exit.",
            "Survival models suggest that preference divergence matters more than contagion among members.",
            "The remaining members of {i} adapt by reforming budgets rather than rules.",
        ),
    ),
    Theme(
        "security", "European Security Order", *_POLITICS, 18,
        ("dissociation", "sanctions"),
        ("European security", "Arms control", "Deterrence", "Foreign policy", "Regime complex"),
        (
            "European Security After {i}: {c} Reconsidered",
            "{a}, {b} and the Unmaking of the European Security Order",
            "The Pan-European Order and {c}",
            "Arms Control Without {a}: What Is Left of {i}",
            "Confidence Lost: {c} Between {a} and {b}",
            "{c} in the European Security Architecture",
            "Unanswered Proposals: {a} and the Reform of {i}",
        ),
        (
            "The European security order rests on overlapping institutions, of which {i} is one.",
            "We trace how {a} and {b} came to read the same commitments differently.",
            "Archival material from the 1990s shows that {c} was at stake earlier than is often said.",
            "The result is a regime complex that still exists on paper.",
        ),
    ),
    Theme(
        "contestation", "Contestation of Global Governance", *_POLITICS, 14,
        ("dissociation", "withdrawal"),
        ("Contestation", "Legitimacy", "Liberal international order", "Norm", "Global governance"),
        (
            "Contesting {i}: {c} From Within",
            "{c} and the Contestation of Global Governance",
            "Norm Contestation by {a}: Between {c} and Compliance",
            "Institutional Contestation in {i}",
            "The Legitimacy of {i} in the Eyes of {a}",
            "Backlash or Business as Usual? {a} and {i}",
        ),
        (
            "Global governance institutions are contested by those who built them and by those who joined late.",
            "We distinguish contestation of policies from contestation of the authority of {i}.",
            "A comparison of {a} and {b} shows that {c} turns criticism into obstruction.",
            "Institutions answer with inclusion where they can and with delay where they cannot.",
        ),
    ),
    Theme(
        "sanctions", "Economic Sanctions and Statecraft", *_POLITICS, 10,
        ("security", "contestation"),
        ("Sanctions", "Economic statecraft", "Compliance", "Trade", "Foreign policy"),
        (
            "Sanctions Against {a}: {c} Under Pressure",
            "Do Sanctions Push States Out of {i}?",
            "Sanctioned and Expelled: {a} and {i}",
            "Economic Statecraft, {c} and {a}",
            "Suspending Members: {i} and the Sanctioning of {a}",
        ),
        (
            "Sanctions and membership suspensions are often used together.",
            "Using monthly trade data of {a} and its partners, we estimate what {c} adds to the effect of sanctions.",
            "Targets answer by building institutions of their own beside {i}.",
        ),
    ),
    Theme(
        "memory", "Dissociations of Memory and Language", "Neuroscience", "Life Sciences", 5, (),
        ("Double dissociation", "Working memory", "Aphasia", "Neuropsychology"),
        (
            "A Double Dissociation Between {x} and {y}",
            "Dissociating {x} From {y} in Healthy Ageing",
            "{x}, {y} and the Limits of Dissociation Logic",
        ),
        (
            "Patients with focal lesions were tested on {x} and on {y}.",
            "The two abilities dissociate, which speaks against a single store.",
            "Reaction times were modelled with a diffusion process.",
        ),
    ),
    Theme(
        "chemistry", "Dissociation Equilibria of Weak Acids", "Chemistry", "Physical Sciences", 4, (),
        ("Dissociation constant", "Equilibrium", "Solvent effect", "Spectroscopy"),
        (
            "Acid Dissociation Constants of {x} in Mixed Solvents",
            "Photodissociation of {x} at Low Temperature",
            "Ion Pairing and the Dissociation of {x}",
        ),
        (
            "The dissociation of {x} was followed by potentiometric titration.",
            "Constants are reported for seven solvent mixtures with their uncertainties.",
            "Solvation explains most of the shift.",
        ),
    ),
    Theme(
        "ocean", "Coastal Ecology and Benthic Communities", "Environmental Science", "Physical Sciences", 5, (),
        ("Benthos", "Seagrass", "Coastal ecology", "Climate change"),
        (
            "Seagrass Recovery in {x}: A Ten-Year Record",
            "Benthic Communities of {x} Under Warming",
            "Sediment, Light and Grazers in {x}",
        ),
        (
            "We surveyed permanent plots in {x} every spring.",
            "Cover recovered within four years where light was sufficient.",
            "Grazers delayed recovery but did not prevent it.",
        ),
    ),
    Theme(
        "health", "Vaccination and Primary Care", "Medicine", "Health Sciences", 4, (),
        ("Vaccination", "Primary care", "Cohort study", "Public health"),
        (
            "Influenza Vaccination Among {x}: A Cohort Study",
            "Continuity of Primary Care for {x}",
            "Reminder Letters and Vaccination of {x}: A Randomised Trial",
        ),
        (
            "Records of {x} were followed for twenty-four months.",
            "The intervention raised uptake by a few percentage points.",
            "Effects were larger in small practices.",
        ),
    ),
)  # fmt: skip

# What goes into the braces, by theme; the politics of all states here are as invented as the articles.
ACTORS = (
    "Russia", "the United Kingdom", "Hungary", "Türkiye", "Poland", "Serbia", "Belarus", "Georgia", "Iceland",
    "Norway", "Kazakhstan", "Moldova", "Armenia", "Finland", "Switzerland", "Ukraine", "the United States", "Brazil",
    "South Africa", "Japan", "Indonesia", "the Philippines", "Burundi", "Venezuela",
)  # fmt: skip
INSTITUTIONS = (
    "the Council of Europe", "the OSCE", "the Treaty on Open Skies", "the CFE Treaty",
    "the International Criminal Court", "UNESCO", "the World Health Organization",
    "the European Convention on Human Rights", "the Paris Agreement", "the World Trade Organization",
    "the International Whaling Commission", "the African Union", "the Arctic Council", "the Human Rights Council",
    "the NATO-Russia Council", "the European Union",
)  # fmt: skip
CONCEPTS = (
    "Status Recognition", "Ontological Security", "Regime Complexity", "Domestic Politics",
    "Institutional Responsiveness", "Ideational Divergence", "Power Transition", "Norm Entrepreneurship",
    "Loss of Trust", "Issue Linkage", "Populist Governments", "Sovereignty Claims", "Path Dependence",
    "Coalition Building", "Audience Costs", "Emotional Distance",
)  # fmt: skip
THINGS = {
    "memory": ("Verbal Recall", "Spatial Span", "Naming", "Object Recognition", "Source Memory", "Implicit Learning"),
    "chemistry": ("Benzoic Acids", "Substituted Phenols", "Amino Acids", "Halogenated Ketones", "Imidazoles"),
    "ocean": ("a Northern Fjord", "the Inner Baltic", "a Sheltered Lagoon", "an Island Shelf", "a Tidal Flat"),
    "health": ("Nursing Staff", "Adults Over Seventy", "Rural Families", "School Children", "Students"),
}

# Titles as awkward as real ones: markup, entities, brackets, a formula, other scripts, quotes, line breaks.
ODD_TITLES = (
    "Reading the [red] Line: Thresholds of Tolerance in European Security",
    "Exit &amp; Voice: Members at the Door of International Organizations",
    "<i>Pacta sunt servanda</i>? Treaty Withdrawal and Good Faith",
    "Größe und Gewicht: Über den Austritt aus internationalen Institutionen",
    "Désengagement, contestation et sécurité européenne : l’État à distance",
    "=SUM(Exits): A Ledger of Withdrawals From International Organizations",
    "Sanctions<sup>2</sup>: When Targets Retaliate",
    "<mml:math><mml:mi>n</mml:mi></mml:math>-Player Models of Dissociation",
    "Łódź, Çanakkale, Ærø: Small Places in the “Pan-European” Order",
    "العقوبات والنظام الأمني الأوروبي",
    "退出国际组织的政治",
    "Who's Afraid of Dissociation? \"Leaving\", 'Staying' and {Everything} Between",
    "Norm Contestation: 100% Compliance, 50_% Consent\\Dissent",
    "Russia&#8217;s Estrangement:\n            A Reply",
)

# DOIs with everything that is syntax somewhere: in a filter, a path, a query string, a fragment, markup.
ODD_DOIS = (
    "10.5555/(sici)1097-4571(1998)49:8<693::aid-sim4>3.0.co;2-o",
    "10.5555/sim.comma,1",
    "10.5555/sim.pipe|2",
    "10.5555/sim.ampersand&3",
    "10.5555/sim.hash#4",
    "10.5555/sim.query?5=x",
    "10.5555/sim.semicolon;6",
    "10.5555/sim.a space 7",
    "10.5555/sim.plus+8",
)

GIVEN = (
    "Anna", "Bartosz", "Chiara", "Daniel", "Elif", "François", "Gudrún", "Henrik", "Inés", "Jakub", "Katarzyna",
    "Lars", "Mónica", "Nikola", "Olga", "Pekka", "Rania", "Søren", "Tereza", "Uwe", "Věra", "William", "Xin", "Yusuf",
    "Zoë", "J. R.", "Maria Luísa",
)  # fmt: skip
FAMILY = (
    "Almqvist-Brandt", "Bergsdóttir", "Cordovani", "Dražić", "Eberlein", "Fjällström", "García-Ortuño", "Hallikainen",
    "Iversholt", "Jankowicz", "Kővári", "Lindholm-Ray", "Mätzler", "Novotnik", "O’Rahilly", "Pellegrinetti",
    "Quistgaard", "Rønneberg", "Szentmiklósi", "Tavernier", "Ulvestad", "van der Meulenkamp", "Wójtowiczka",
    "Xanthakis", "Yıldırımlı", "Zelenkova", "Ng", "Abaze", "Brightwater", "Castellón", "Dunmore-Hale", "Ekström",
    "Farrokhi", "Grünwaldt", "Holloway-Pym",
)  # fmt: skip
PLACES = (
    ("Institute for the Study of Order", "Lindholm", "SE"), ("University of Westmark", "Westmark", "DE"),
    ("Academy of Treaty Research", "Sankt Alban", "CH"), ("Northern Shore University", "Ravnsund", "NO"),
    ("College of Public Affairs at Eastvale", "Eastvale", "GB"), ("Istituto di Studi sul Confine", "Montesole", "IT"),
    ("Université de Clairmont", "Clairmont", "FR"), ("Harbour Institute of Technology", "Port Averil", "US"),
    ("Uniwersytet Nadrzeczny", "Nadrzecze", "PL"), ("Centre for Institutional Change", "Oudekerk", "NL"),
    ("Kıyıkent University", "Kıyıkent", "TR"), ("Instituto del Mar Interior", "Villaclara", "ES"),
)  # fmt: skip

# name, abbreviation, publisher, first seven digits of print and online ISSN, themes (empty: any), open access
VENUES = (
    ("Global Policy", "Glob Policy", "Wiley", "1758588", "1758589", "politics", False),
    ("Review of Estranged Institutions", "Rev Inst Estr", "Simulated Press", "9990001", "9990101", "politics", False),
    ("Journal of Membership and Exit", "J Membersh Exit", "Simulated Press", "9990002", "9990102", "politics", True),
    ("Annals of Pan-European Order", "Ann Pan-Eur Order", "Westmark Academic", "9990003", "9990103", "politics", False),
    ("Contested Orders", "Contested Orders", "Westmark Academic", "9990004", "9990104", "politics", True),
    ("Statecraft Quarterly", "Statecraft Q", "Simulated Press", "9990005", "9990105", "politics", False),
    ("Archive of Treaty Studies", "Arch Treaty Stud", "Westmark Academic", "9990006", "9990106", "politics", False),
    ("Cortex and Lesion Letters", "Cortex Lesion Lett", "Simulated Press", "9990007", "9990107", "memory", False),
    ("Solution Equilibria", "Solut Equilib", "Harbour Science", "9990008", "9990108", "chemistry", False),
    ("Shore and Shelf", "Shore Shelf", "Harbour Science", "9990009", "9990109", "ocean", True),
    ("Practice and Prevention", "Pract Prev", "Harbour Science", "9990010", "9990110", "health", True),
    ("Proceedings of the Simulated Academy", "Proc Simul Acad", "Simulated Press", "9990011", "9990111", "", True),
)  # fmt: skip
