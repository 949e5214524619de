# Usage: awk -f tools/layers.awk LAYERS src/*/*.[ch]
# Folders may include only what their line in LAYERS allows; lines of LAYERS
# may name only folders that stand below them. Prints each fault, exits 1.
NR == FNR {
	if ($0 ~ /^#/ || NF == 0)
		next
	name = $1
	sub(/:$/, "", name)
	known[name] = 1
	for (i = 2; i <= NF; i++) {
		allowed[name " " $i] = 1
		if ($i in known)
			fault("LAYERS:" FNR, $i " stands above " name)
		wanted[$i] = FNR
	}
	next
}
FNR == 1 {
	parts = split(FILENAME, path, "/")
	here = path[parts - 1]
	if (!(here in known))
		fault(FILENAME, "folder " here " is not in LAYERS")
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	target = $0
	sub(/^[^"]*"/, "", target)
	if (!index(target, "/"))
		fault(FILENAME ":" FNR, "name the folder in " target)
	sub(/\/.*/, "", target)
	if (target != here && !((here " " target) in allowed))
		fault(FILENAME ":" FNR, here " may not include " target)
}
END {
	for (name in wanted)
		if (!(name in known))
			fault("LAYERS:" wanted[name], name " has no line")
	exit faults > 0
}
function fault(where, what) {
	print where ": " what
	faults++
}
