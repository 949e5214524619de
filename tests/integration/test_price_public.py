#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: more examples that strangers published, priced to the cent, and the
ways in which strangers write a request: each means one thing or is refused.
The rows are those of test_price_strangers, which says how they are read.
"""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from drill import Tap  # noqa: E402
from test_price_strangers import (ADULT, LOCAL, NONE, SANTE, TM,  # noqa: E402
                                  ask, br, contract, one, priced)

REAL_B = ["OPTI class B = real cost", "* = TM"]

CASES = [
    # --- consultations
    ("Léa's specialist in OPTAM", "2024-09-01", TM, ADULT,
     one("CS", "40.00", optam=True), [("22.05", "2.00", "9.45", "10.50")],
     "https://www.maaf.fr/fr/mutuelle-sante/remboursement-depassement-"
     "honoraires : 20.05 paid of 31.50"),
    ("base 30", "2025-06-01", TM, ADULT, one("G", "30.00", optam="secteur 1"),
     [("21.00", "2.00", "9.00", "2.00")],
     "https://mutuelle.dispofi.fr/remboursement-depassement-honoraires : 19 "
     "and 9"),
    ("base 25", "2023-06-01", TM, ADULT, one("g", "25.00"),
     [("17.50", "1.00", "7.50", "1.00")],
     "http://mutuelle.dispofi.fr/generalistes-augmentation-tarif : 16.50 "
     "and 7.50"),
    ("60 EUR at a base of 25", "2020-06-01", TM, ADULT,
     one("CS", "60.00", base="25.00", optam="optam"),
     [("17.50", "1.00", "7.50", "36.00")],
     "https://mutuelle-societe-pas-chere.fr/ : 16.50 paid, 35 above"),
    ("GP of sector 2 at 35", "2024-12-22", TM, ADULT,
     one("G", "35.00", optam=True), [("21.00", "2.00", "9.00", "7.00")],
     "https://docteur-seite.fr/5363/grille-des-honoraires : base 30, 5 left"),
    ("the same in the evening", "2024-12-22", TM, ADULT,
     one("G", "45.00", optam=True), [("21.00", "2.00", "9.00", "17.00")],
     "https://docteur-seite.fr/5363/grille-des-honoraires : 15 left"),
    ("the same with 150 %", "2024-12-22", br(150), ADULT,
     one("G", "45.00", optam=True), [("21.00", "2.00", "24.00", "2.00")],
     "https://docteur-seite.fr/5363/grille-des-honoraires : 0 left"),
    ("a child of 4", "2024-12-22", TM, {"age": 4},
     one("G", "40.00", optam=True), [("24.50", "0.00", "10.50", "5.00")],
     "https://docteur-seite.fr/5363/grille-des-honoraires : base 35, 5 left"),
    ("a child of 10", "2024-12-22", TM, {"age": 10},
     one("G", "40.00", optam=True), [("21.00", "0.00", "9.00", "10.00")],
     "https://docteur-seite.fr/5363/grille-des-honoraires : base 30, 10 "
     "left"),
    ("with an electrocardiogram", "2024-12-22", TM, ADULT,
     one("ATM", "50.00", base="44.76", optam=True),
     [("31.33", "2.00", "13.43", "7.24")],
     "https://docteur-seite.fr/5363/grille-des-honoraires : 5.24 left"),
    ("a complex one of a child", "2024-12-22", TM, {"age": 12},
     one("CCX", "47.50"), [("33.25", "0.00", "14.25", "0.00")],
     "https://docteur-seite.fr/5363/grille-des-honoraires : 0 left"),
    ("a visit, ALD", "2024-12-22", TM, ADULT,
     one("VG", "30.00", exemption="ALD 30") +
     one("MD", "10.00", base="10.00", exemption="ald"),
     [("30.00", "2.00", "0.00", "2.00"), ("10.00", "0.00", "0.00", "0.00")],
     "https://docteur-seite.fr/5363/grille-des-honoraires : 40, 0 left"),
    ("a long visit, ALD", "2024-12-22", TM, {"age": 84},
     one("VL", "70.00", base="70.00", exemption="ald30"),
     [("70.00", "2.00", "0.00", "2.00")],
     "https://docteur-seite.fr/5363/grille-des-honoraires : 70, 0 left"),
    ("a second opinion", "2021-01-10", TM, ADULT,
     one("APC", "50.00", base="50.00"), [("35.00", "1.00", "15.00", "1.00")],
     "https://droit-pratique.fr/baremes-et-taux/votre-sante/assurance-"
     "maladie : 70 % of 50"),
    ("a psychiatrist's", "2021-01-10", TM, ADULT, one("APY", "62.50"),
     [("43.75", "1.00", "18.75", "1.00")],
     "https://droit-pratique.fr/baremes-et-taux/votre-sante/assurance-"
     "maladie : 70 % of 62.50"),
    ("a psychiatrist alone", "2021-01-10", TM, ADULT,
     one("CNP", "41.70", base="41.70"), [("29.19", "1.00", "12.51", "1.00")],
     "https://droit-pratique.fr/baremes-et-taux/votre-sante/assurance-"
     "maladie : 70 % of 41.70"),
    ("an ophthalmologist", "2021-01-10", TM, ADULT, one("CS", "30.00"),
     [("21.00", "1.00", "9.00", "1.00")],
     "https://droit-pratique.fr/baremes-et-taux/votre-sante/assurance-"
     "maladie : 70 % of 30"),
    ("a GP, no doctor of one's own", "2021-01-10", TM, ADULT,
     one("G", "25.00", pathway="out"), [("7.50", "1.00", "7.50", "11.00")],
     "https://droit-pratique.fr/baremes-et-taux/votre-sante/assurance-"
     "maladie : 30 % of 25"),
    ("a dermatologist at 80", "2025-03-01", NONE, ADULT,
     one("CS", "80.00", optam="hors OPTAM"),
     [("16.10", "2.00", "0.00", "65.90")],
     "https://groupama.fr/mutuelle-sante/remboursement/consultation/"
     "prix-dermato : 80; base 23"),
    ("the day before 31 January 2009", "2009-01-30", TM, ADULT,
     one("G", "22.00", base="22.00", pathway=False),
     [("13.20", "1.00", "6.60", "3.20")],
     "https://institutmolinari.org/?p=109 : since 31 January 2009"),
    ("and that day", "2009-01-31", TM, ADULT,
     one("G", "22.00", base="22.00", pathway="hors_parcours"),
     [("6.60", "1.00", "6.60", "9.80")],
     "https://institutmolinari.org/?p=109 : 5.60 paid"),
    ("a midwife", "2018-03-01", TM, ADULT,
     one("SF", "23.00", base="23.00", exemption="Maternité"),
     [("23.00", "0.00", "0.00", "0.00")],
     "https://www.assurbook.com/remboursements-sage-femme/ : 100 % of 23"),
    # --- psychologists
    ("Mon soutien psy", "2025-03-01", TM, ADULT, one("PSY", "50.00"),
     [("30.00", "0.00", "20.00", "0.00")],
     "https://www.mes-allocs.fr/guides/ameli/remboursement-ameli/ : 30 and "
     "20"),
    ("without a mutuelle", "2025-03-01", NONE, {"age": 30},
     one("PSY", "50.00"), [("30.00", "0.00", "0.00", "20.00")],
     "https://www.mes-allocs.fr/guides/ameli/remboursement-ameli/ : 20 left"),
    ("before June 2024", "2023-03-01", TM, {"age": 15}, one("PSY", "30.00"),
     [("18.00", "0.00", "12.00", "0.00")],
     "https://mongustave.fr/?p=23897 : 30 before"),
    ("all twelve", "2025-03-01", TM, ADULT,
     one("PSY", "600.00", quantity=12), [("360.00", "0.00", "240.00",
                                          "0.00")],
     "https://www.prevoyance-agipi.com/?p=3084 : 60 % and 40 %"),
    # --- franchises
    ("22 boxes", "2008-06-01", TM, {"age": 47},
     one("PH7", "66.00", quantity=22), [("42.90", "11.00", "23.10", "11.00")],
     "https://www.mutualite.fr/actualites/franchises-medicales-quel-impact-"
     "sur-mon-budget/ : 11 EUR"),
    ("9 boxes", "2008-06-01", TM, {"age": 30},
     one("PH7", "27.00", quantity=9), [("17.55", "4.50", "9.45", "4.50")],
     "https://www.mutualite.fr/actualites/franchises-medicales-quel-impact-"
     "sur-mon-budget/ : 4.50"),
    ("96 boxes", "2008-06-01", TM, {"age_class": "senior"},
     one("PH7", "288.00", quantity=96),
     [("187.20", "48.00", "100.80", "48.00")],
     "https://www.mutualite.fr/actualites/franchises-medicales-quel-impact-"
     "sur-mon-budget/ : 90 for 96 and 84 boxes"),
    ("104 boxes: 50 a year", "2008-06-01", TM, ADULT,
     one("PH7", "312.00", quantity=104),
     [("202.80", "50.00", "109.20", "50.00")],
     "http://www.assurance-et-mutuelle.com/assurance-obligatoire/les-"
     "franchises-medicales.html : 50 a year"),
    ("five acts of a day", "2010-06-01", TM, ADULT,
     one("AMI", "31.50", base="31.50", quantity=5),
     [("18.90", "2.00", "12.60", "2.00")],
     "https://questions-mutuelle.fr/quest-ce-quune-franchise-medicale : 2 a "
     "day"),
    ("three trips of a day", "2010-06-01", TM, ADULT,
     one("VSL", "60.00", base="60.00", quantity=3),
     [("39.00", "4.00", "21.00", "4.00")],
     "https://questions-mutuelle.fr/quest-ce-quune-franchise-medicale : 4 a "
     "day"),
    ("a minor pays none", "2010-06-01", TM, {"age": 17},
     one("PH7", "10.00", quantity=4), [("6.50", "0.00", "3.50", "0.00")],
     "https://questions-mutuelle.fr/quest-ce-quune-franchise-medicale"),
    ("nor does C2S", "2010-06-01", TM, ADULT,
     one("PH7", "10.00", quantity=4, exemption="CMU-C"),
     [("10.00", "0.00", "0.00", "0.00")],
     "https://questions-mutuelle.fr/quest-ce-quune-franchise-medicale"),
    # --- nurses, speech therapy
    ("half an hour of nursing", "2022-06-01", TM, ADULT,
     one("AIS", "7.95", base="7.95"), [("4.77", "0.50", "3.18", "0.50")],
     "https://blog.libheros.fr/patients-et-proches/tarif-infirmiere-liberale"
     " : 3 x 2.65"),
    ("an injection at home", "2022-06-01", TM, ADULT,
     one("AMI", "3.15", base="3.15") + one("IFA", "2.50", base="2.50") +
     one("MAU", "1.35", base="1.35"),
     [("1.89", "0.50", "1.26", "0.50"), ("1.50", "0.00", "1.00", "0.00"),
      ("0.81", "0.00", "0.54", "0.00")],
     "https://blog.libheros.fr/patients-et-proches/le-cout-des-soins-"
     "infirmiers-a-domicile : 60 and 40 %"),
    ("the same, ALD", "2022-06-01", TM, ADULT,
     one("AMI", "3.15", base="3.15", exemption="ald"),
     [("3.15", "0.50", "0.00", "0.50")],
     "https://blog.libheros.fr/patients-et-proches/le-cout-des-soins-"
     "infirmiers-a-domicile : 100 %"),
    ("physiotherapy by a letter of 2024", "2024-06-01", TM, ADULT,
     one("RIM", "16.13", base="16.13"), [("9.68", "1.00", "6.45", "1.00")],
     "https://www.recouv-lib.fr/nouvelle-nomenclature-des-kinesitherapeutes"
     "-au-22-fevrier-2024/ ; 60 %"),
    # --- teeth
    ("a tooth drawn", "2024-06-01", TM, ADULT,
     one("DC", "39.00", base="39.00"), [("23.40", "0.00", "15.60", "0.00")],
     "https://www.sante-sereine.fr/?p=168 : 23.40"),
    ("descaling", "2024-06-01", TM, ADULT, one("SC", "28.92", base="28.92"),
     [("17.35", "0.00", "11.57", "0.00")],
     "https://www.sante-sereine.fr/?p=168 : 17.35"),
    ("a caries", "2024-06-01", TM, ADULT, one("SC", "30.74", base="30.74"),
     [("18.44", "0.00", "12.30", "0.00")],
     "https://www.sante-sereine.fr/?p=168 : 18.44"),
    ("descaling in 2021", "2021-05-19", TM, ADULT,
     one("SC", "28.92", base="28.92"), [("20.24", "0.00", "8.68", "0.00")],
     "https://april.fr/complementaire-sante/guide/prix-et-remboursement-"
     "soins-dentaires : 20.24"),
    ("a zirconia crown in 2019", "2019-04-01", SANTE, ADULT,
     one("CZ0", "480.00"), [("84.00", "0.00", "396.00", "0.00")],
     "https://synergiedentaire.com/?p=4078 : 480 at most"),
    ("a metal crown in 2019", "2019-04-01", SANTE, ADULT,
     one("CM0", "327.00"), [("84.00", "0.00", "206.00", "37.00")],
     "https://synergiedentaire.com/?p=4078 : 290 at most, 327 before"),
    ("a stellite of 7 teeth", "2024-06-01", TM, ADULT,
     one("PAM", "1315.00", base="236.50"),
     [("141.90", "0.00", "94.60", "1078.50")],
     "https://centredentaireleluc.fr/honoraires-de-votre-chirurgien-"
     "dentiste-conventionne : base 236.50; 60 %"),
    ("braces, half a year", "2024-06-01", br(300), {"age": 12},
     one("TOR", "690.00"), [("193.50", "0.00", "387.00", "109.50")],
     "https://centredentaireleluc.fr/honoraires-de-votre-chirurgien-"
     "dentiste-conventionne : 690, base 193.50"),
    # --- ears
    ("class II at 100 %", "2024-06-01", br(100), ADULT,
     one("PAU", "1500.00", side="oreille gauche", **{"class": "classe B"}),
     [("240.00", "0.00", "160.00", "1100.00")],
     "https://auditionconseil.fr/news/comment-sont-rembourses-appareils-"
     "auditifs : 160"),
    ("450 an ear on top", "2024-06-01",
     ["AUDI class B = EUR 450 above TM", "* = TM"], ADULT,
     one("PAU", "1500.00", side="L"), [("240.00", "0.00", "610.00",
                                        "650.00")],
     "https://auditionconseil.fr/news/comment-sont-rembourses-appareils-"
     "auditifs : 610"),
    ("class I", "2024-06-01", SANTE, ADULT, one("PAZ", "950.00", side="R"),
     [("240.00", "0.00", "710.00", "0.00")],
     "https://auditionconseil.fr/news/comment-sont-rembourses-appareils-"
     "auditifs : 710"),
    ("class I at 19", "2022-06-01", SANTE, {"age": 19},
     one("PAZ", "1400.00", side="R"), [("840.00", "0.00", "560.00", "0.00")],
     "https://mutuelles-pas-cheres.org/remboursement-prothese-auditive : "
     "1400 under 20"),
    ("class I at 20", "2022-06-01", SANTE, {"age": 20.0},
     one("PAZ", "1400.00", side="R"), [("240.00", "0.00", "710.00",
                                        "450.00")],
     "https://mutuelles-pas-cheres.org/remboursement-prothese-auditive : 950 "
     "from 20 on"),
    ("300 % of 400", "2024-06-01", br(300), ADULT,
     one("PAU", "1600.00", side="gauche"),
     [("240.00", "0.00", "960.00", "400.00")],
     "http://www.lesmutuellespascheres.com/prix-appareil-auditif-"
     "remboursement : 300 % or 1200 in all"),
    # --- eyes
    ("simple lenses: 420", "2021-06-01", REAL_B, ADULT,
     one("M03", "200.00") + one("VU1", "400.00", quantity=2),
     [("0.03", "0.00", "100.00", "99.97"),
      ("0.06", "0.00", "320.00", "79.94")],
     "https://www.linternaute.com/argent/magazine/2443357 : 420"),
    ("very complex lenses: 800", "2021-06-01", REAL_B, ADULT,
     one("M03", "150.00") + one("VM4", "1000.00", quantity=2),
     [("0.03", "0.00", "100.00", "49.97"),
      ("0.06", "0.00", "700.00", "299.94")],
     "https://www.linternaute.com/argent/magazine/2443357 : 800"),
    ("before 2020: 470", "2018-06-01", ["OPTI = real cost", "* = TM"], ADULT,
     one("OPT", "600.00", base="2.84"), [("1.70", "0.00", "470.00",
                                          "128.30")],
     "http://blog-mutuelles.com/particuliers-salaries/ : 470 at most"),
    ("a child's frame in 2018", "2018-06-01", TM, {"age": 10},
     one("OPT", "60.00", base="30.49"), [("18.29", "0.00", "12.20",
                                          "29.51")],
     "http://www.ploss.fr/remboursement-lunettes-criteres-choisir-mutuelle/ "
     ": 60 % of 30.49"),
    # --- hospital, transport
    ("emergencies in 2022", "2022-03-11", TM, ADULT, one("FPU", "19.61"),
     [("0.00", "0.00", "19.61", "0.00")],
     "https://chambery.ufcquechoisir.fr/2022/03/11/ : 19.61"),
    ("without a mutuelle", "2022-03-11", NONE, ADULT, [{"act": "FPU"}],
     [("0.00", "0.00", "0.00", "19.61")],
     "https://www.quechoisir.org/actualite-urgences-forfait-fixe-a-19-61-eur"
     "-n97564/"),
    ("with ALD", "2022-03-11", TM, ADULT, [{"act": "FPR"}],
     [("0.00", "0.00", "8.49", "0.00")],
     "https://www.quechoisir.org/actualite-urgences-forfait-fixe-a-19-61-eur"
     "-n97564/ : 8.49"),
    ("emergencies the day before", "2021-12-31", TM, ADULT,
     one("ATU", "25.28"), [("20.22", "0.00", "5.06", "0.00")],
     "https://www.boursorama.com/patrimoine/actualites/sante-le-forfait-"
     "patient-urgences-entre-en-vigueur : 80 % of 25.28"),
    ("hospital day in 2010", "2010-06-01", TM, ADULT,
     one("FJ", "54.00", quantity=3), [("0.00", "0.00", "54.00", "0.00")],
     "https://www.assurprox.com/mutuelle-sante/les-mutuelles-et-le-"
     "remboursement-hospitalisation.html : 18 a day"),
    ("paid by the local regime", "2010-06-01", TM, LOCAL,
     one("FJ", "54.00", quantity=3), [("54.00", "0.00", "0.00", "0.00")],
     "https://www.assurprox.com/mutuelle-sante/les-mutuelles-et-le-"
     "remboursement-hospitalisation.html : Alsace is freed"),
    ("transport in July 2023", "2023-07-31", TM, ADULT,
     one("TXI", "40.00", base="40.00"), [("26.00", "2.00", "14.00", "2.00")],
     "https://www.egora.fr/actus-pro/vie-conventionnelle/ : 65 %"),
    ("transport in August 2023", "2023-08-01", TM, ADULT,
     one("TXI", "40.00", base="40.00"), [("22.00", "2.00", "18.00", "2.00")],
     "https://www.egora.fr/actus-pro/vie-conventionnelle/ : 55 %"),
    ("three trips since April 2024", "2024-04-01", TM, ADULT,
     one("VSL", "60.00", base="60.00", quantity=3),
     [("33.00", "8.00", "27.00", "8.00")],
     "https://ctip.asso.fr/contrats-collectifs/complementaire-sante/ : 8 a "
     "day"),
]


# what is named as not confirmed: day, beneficiary, line, flags
DOUBTS = [
    ("2025-06-01", LOCAL, {"act": "G", "price": "30.00", "pathway": False},
     ["unconfirmed:consultation/alsace-moselle-off"]),
    ("2025-06-01", LOCAL, {"act": "G", "price": "30.00"}, []),
    ("2023-06-01", ADULT, {"act": "PSY", "price": "30.00"},
     ["unconfirmed:PSY//"]),
    ("2025-06-01", ADULT, {"act": "PSY", "price": "50.00"}, []),
    ("2010-06-01", ADULT, {"act": "AUA", "price": "900.00"},
     ["unconfirmed:audio/normal"]),
    ("2019-06-01", ADULT, {"act": "CZ0", "price": "480.00"}, []),
    ("2020-06-01", ADULT, {"act": "CZ0", "price": "440.00"},
     ["unconfirmed:CZ0//"]),
]

# ways of writing that mean what the first of each line means
SAME = [
    [{"act": "G"}, {"act": "g"}, {"act": "G", "class": ""},
     {"act": "G", "quantity": 1.0}, {"act": "G", "optam": "sector_1"},
     {"act": "G", "pathway": "in"}, {"act": "G", "exemption": ""}],
    [{"act": "G", "pathway": False}, {"act": "G", "pathway": "OUT"},
     {"act": "G", "pathway": "hors parcours"}, {"act": "G", "pathway": "no"}],
    [{"act": "G", "optam": False}, {"act": "G", "optam": "Non-OPTAM"},
     {"act": "G", "optam": "hors optam"}, {"act": "G", "optam": 0}],
    [{"act": "G", "optam": True}, {"act": "G", "optam": "OPTAM-CO"},
     {"act": "G", "optam": "oui"}],
]

# what means nothing is refused by its field
WRONG = [("optam", "sometimes"), ("pathway", "maybe"), ("class", "C"),
         ("side", "both"), ("quantity", "1.5"), ("quantity", 0),
         ("network", "optam"), ("price", "30,00"), ("price", "30 EUR"),
         ("exemption", "ald31"), ("act", "g1")]


def questions(lines, day="2025-06-01", who=None):
    return [json.dumps({"id": n, "date": day, "contract": "C0",
                        "beneficiary": who or {},
                        "lines": [dict({"price": "40.00"}, **x)]}) + "\n"
            for n, x in enumerate(lines)]


def ways(t, folder):
    for row in SAME:
        got = ask(folder, questions(row))
        sums = [(x.get("amc"), x.get("remainder")) for x in got]
        t.ok(None not in sums[0] and len(set(sums)) == 1,
             "%s as %d strangers write it" % (row[0], len(row)), got)
    got = ask(folder, questions([dict({"act": "G"}, **{k: v})
                                 for k, v in WRONG]))
    for (k, v), x in zip(WRONG, got):
        t.same(x.get("error", {}).get("field"), "lines[0].%s" % k,
               "%s %r is refused by name" % (k, v))
    for k, v in (("zone", "mars"), ("regime", "swiss"), ("age", -1),
                 ("age_class", "old"), ("since", "2025"), ("sex", "F")):
        got = ask(folder, questions([{"act": "G"}], who={k: v}))[0]
        t.same(got.get("error", {}).get("field"), "beneficiary.%s" % k,
               "%s %r is refused by name" % (k, v))
    t.ok(ask(folder, questions([{"act": "G"}], who={"zone": "Metropole"}))
         == ask(folder, questions([{"act": "G"}])), "the mainland is no zone")


def doubts(t, folder):
    for day, who, line, flags in DOUBTS:
        got = ask(folder, questions([line], day, who))[0]
        t.same(got.get("flags"), flags, "%s on %s: %s" % (
            line["act"], day, ", ".join(flags) or "all confirmed"))


def main():
    t = Tap()
    with tempfile.TemporaryDirectory() as folder:
        priced(t, folder, CASES)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "0.contract")
        with open(path, "w", encoding="utf-8") as f:
            f.write(contract(0, SANTE))
        ways(t, folder)
        doubts(t, folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
