# SPDX-License-Identifier: Apache-2.0
"""What tests of contracts and estimates share: signing a contract, loading
it, a book whose persons have contracts of choice, and asking."""
import json
import os
import re

from drill import FULL_AGE, ROOT, Drill, program, run

CONTRACTS = os.path.join(ROOT, "data", "contracts")
EXT = "https://ecluse.example/fhir/StructureDefinition/"


def contract_text(name, amc, **change):
    """An invented contract, of this mutuelle, with other first words."""
    with open(os.path.join(CONTRACTS, name + ".contract"),
              encoding="utf-8") as f:
        text = f.read()
    for word, value in dict(change, insurer=amc).items():
        text = re.sub(r"(?m)^%s .*$" % word, "%s %s" % (word, value), text)
    return text


def code_of(text):
    return re.search(r"(?m)^contract (\S+)", text).group(1)


def sign(d, amc, text, name, *more, key_of=None, check=True):
    """The signed file's path, and what ecluse-insurer said."""
    path = os.path.join(d.folder, name)
    with open(path + ".contract", "w", encoding="utf-8") as f:
        f.write(text)
    done = d.insurer("contract", "--amc", amc, "--key",
                     d.people.insurer_file(key_of or amc, "feed.pem"),
                     "--in", path + ".contract", "--out", path + ".signed",
                     *more, check=check)
    return path + ".signed", done


def load(d, *files, check=True):
    code, out, err = d.ecluse("load", d.dir, "--json", "--contracts", *files,
                              check=check)
    return code, [json.loads(l) for l in out.splitlines() if l], err


def put(d, amc, name, **change):
    text = contract_text(name, amc, **change)
    return load(d, sign(d, amc, text, "put-" + name)[0])


def estimate_all(d, site, person, lines, domain, how="member",
                 date="2026-11-23", plain=False, key=None, more=(), times=1,
                 **fields):
    """The same estimate so many times over one connection; gives (exit
    status, what was printed, what was said)."""
    args = ["estimate", "--key", key or d.people.key(site), "--domain",
            domain, "--json", *more]
    if plain:
        args.append("--plain")
    for name, value in dict(d.question(person, how), **fields).items():
        args += ["--" + name, value]
    line = json.dumps({"date": date, "lines": lines})
    return d.ecluse(*args, check=False, input=(line + "\n").encode() * times)


def estimate(d, site, person, lines, domain, **how):
    """One estimate; gives (exit status, answer or refusal)."""
    code, out, err = estimate_all(d, site, person, lines, domain, **how)
    return code, json.loads(out) if out.strip() else {"error": err}


def price(text, lines, folder, date="2026-11-23", **beneficiary):
    """What `ecluse price` says of the same acts under the same contract."""
    path = os.path.join(folder, "price.contract")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    line = json.dumps({"date": date, "lines": lines,
                       "beneficiary": beneficiary})
    out = run(program("ecluse"), "price", "--contract", path,
              input=(line + "\n").encode())[1]
    return json.loads(out)


def flags(said):
    return [e["valueString"] for e in
            said["response"]["insurance"][0]["extension"]
            if e["url"] == EXT + "estimate-flag"]


def amounts(adjudication):
    return {a["category"]["coding"][0]["code"]: "%.2f" % a["amount"]["value"]
            for a in adjudication}


def as_price(said):
    """An answer in the form of `ecluse price`, for comparing."""
    r = said["response"]
    lines = []
    for item in r["item"]:
        a = amounts(item["adjudication"])
        lines.append({"n": item["itemSequence"], "amo": a["mandatory"],
                      "participation": a["participation"],
                      "amc": a["benefit"], "remainder": a["remainder"]})
    total = amounts(r["total"])
    return {"lines": lines, "amc": total["benefit"],
            "remainder": total["remainder"],
            "flags": sorted(f for f in flags(said)
                            if f not in ("ceilings-unused",
                                         "second-contract"))}


def drill(contracts, **how):
    """A drill whose first mutuelle has its first persons on these contracts,
    one each; gives it and the persons by contract."""
    d = Drill(load=False, start=False, **how)
    found = book(os.path.join(d.people.folder, "feed",
                              d.people.insurers[0]["amc"] + ".csv"),
                 d.people.insurers[0]["amc"], contracts)
    d.serve()
    d.ecluse("enrol", d.dir, "population", d.people.folder, "--since",
             FULL_AGE)
    d.load_all()
    d.clock("2026-11-23T09:00:00Z")
    return d, found


def book(path, amc, contracts):
    """Changes a mutuelle's book so; gives one person of each contract."""
    with open(path, encoding="utf-8") as f:
        head, *lines = f.read().splitlines()
    names = head.split(";")
    out, found, i = [head], {}, 0
    seen = {}
    for line in lines:
        row = dict(zip(names, line.split(";")))
        seen[row["ref"]] = seen.get(row["ref"], 0) + 1
    for line in lines:
        row = dict(zip(names, line.split(";")))
        if (i < len(contracts) and row["member"] and
                seen[row["ref"]] == 1 and row["age_class"] == "adult" and
                not row["closed"] and row["to"] >= "2026-11-23" and
                row["from"] <= "2026-11-23" and row["order"] == "1" and
                row["ref"] not in found):
            row["contract"] = contracts[i]
            row["domains"] = "MED=TM,OPTI=TM,AUDI=TM,DEPR=TM,HOSP=TM,PHAR=TM"
            found[contracts[i]] = dict(row, amc=amc)
            i += 1
        out.append(";".join(row[n] for n in names))
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n")
    return found
