# Writes include/adze/call.h from the declarations of include/adze/adze.h, and so for the other headers: see script/call-headers.
# A struct with AD_HEAD_ has its defaults in its fields, "double rate AD_IS(0.5);": they become AD_DEFAULTS_<struct>, for C.
# A function that returns ad_tensor * becomes a macro of the same name that passes the caller's place; one whose last parameter is
# "const ad_NAME_options *options" takes .field = value arguments there in C, and { .field = value } in C++20.
#
# Neither language says in which order the arguments of a call are evaluated; gcc begins with the last, clang with the first.  Layers and
# random streams are numbered as they are made, so ad_add(ad_linear(x, ...), ad_linear(y, ...)) would mean two programs.  Where a call
# takes more than one tensor, its macro is a block that puts them in variables of its own one after the other, named by __COUNTER__ so
# that no block hides another's.  An array of tensors in braces is one argument, and compilers go through it in order.

function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }

function last_word(s) { gsub(/[*]/, " ", s); sub(/.*[ ]/, "", s); return s }

# ---- defaults

# The fields of one line: "type name AD_IS(value), other AD_IS(value);".  What C's zero is need not be said.
function field(text,    name, value) {
    while (match(text, /[a-z_0-9]+(\[[^]]*\])? AD_IS\([^)]*\)/)) {
        name = value = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        sub(/[ \[].*/, "", name); sub(/.*AD_IS\(/, "", value); sub(/\)$/, "", value)
        if (value !~ /^(0|NULL|false|\{\}|AD_F32|AD_NO_[A-Z_]+)$/) defaults = defaults " ." name " = " value ","
    }
}

/^typedef struct .*\{$/ { struct = $3; has_head = 0; defaults = "" }
/^    AD_HEAD_\(/ { has_head = 1 }
/^    .* AD_IS\(/ { field($0) }
/^\}/ {
    if (has_head) all_defaults = all_defaults "#define AD_DEFAULTS_" struct defaults "\n"
    has_head = 0
}

# ---- calls

function declare(text,    head, arguments, name, result, count, part, i, options, types, names, leading) {
    if (text !~ /^AD_API .*\(/) return
    head = text; sub(/\(.*/, "", head); sub(/^AD_API /, "", head); sub(/AD_CHECKED /, "", head)
    arguments = text; sub(/^[^(]*\(/, "", arguments); sub(/\);.*$/, "", arguments)
    name = last_word(head); result = trim(substr(head, 1, length(head) - length(name)))
    if (arguments ~ /\(/ || name == "ad_at") return
    count = split(arguments, part, ",")
    options = ""
    if (part[count] ~ /const ad_[a-z_]+_options \*options/) {
        options = part[count]; sub(/.*const /, "", options); sub(/ \*.*/, "", options); count--
    }
    names = types = ""
    for (i = 1; i <= count; i++) {
        types = types (i > 1 ? ", " : "") trim(part[i])
        names = names (i > 1 ? ", " : "") last_word(trim(part[i]))
        part[i] = trim(part[i])
    }
    for (leading = 0; leading < count && part[leading + 1] ~ /^ad_tensor \*[a-z]+$/; ) leading++
    if (options == "" && result != "ad_tensor *" && leading < 2) return
    if (builders(part, count, options) > 1 && leading) ordered(name, result, options, part, count, leading, types)
    else plain(name, result, options, part, count, types, names)
}

# Arguments in which a program may build.
function builders(part, count, options,    i, found) {
    for (i = 1; i <= count; i++) found += part[i] ~ /ad_tensor \*/
    return found + (options != "" && holds_tensors[options])
}

function placed(result, call) {
    return result == "ad_tensor *" ? "ad_at(__FILE__, __LINE__, " call ")" : call
}

# The parameter list of a macro with names for the first n, and the arguments after them.
function list(part, n,    i, text) {
    for (i = 1; i <= n; i++) text = text last_word(part[i]) ", "
    return text
}

# The arguments are evaluated by the order in which the compiler likes to.
function plain(name, result, options, part, count, types, names,    call, fixed) {
    fixed = list(part, count - 1)
    if (options == "") { fixed = ""; call = name "(__VA_ARGS__)" }
    else if (count == 0) call = "(" name ")(&AD_MAKE_(" options ", __VA_ARGS__))"
    else call = "(" name ")(" fixed "AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(" options ", AD_REST_(__VA_ARGS__, )))"
    call = "#define " name "(" fixed "...) \\\n    " placed(result, call) "\n"
    c = c call
    if (options != "") overload(name, result, options, types, names)
    else cpp = cpp call
}

# The first tensors are evaluated from left to right, then the rest.  Where the last of them may be the last argument of all, it is
# taken from __VA_ARGS__.
function ordered(name, result, options, part, count, leading, types,    fixed, body, head, i, all, rest, own, call) {
    all = options != "" && leading == count   # options may follow or not
    own = leading - (all ? 1 : 0)
    fixed = list(part, own); rest = own == count ? "" : "..."
    if (rest == "") sub(/, $/, "", fixed)
    if (options == "" && rest == "" && result == "ad_tensor *") {
        head = "#define " name "(" fixed ") \\\n    AD_" own "_(__COUNTER__, " name ", " fixed ")\n"
        c = c head; cpp = cpp head
        return
    }
    head = "#define " name "(" fixed rest ") " name "_(__COUNTER__, " fixed (rest == "" ? "" : "__VA_ARGS__") ")\n"
    head = head "#define " name "_(n, " fixed rest ") \\\n    __extension__({"
    body = ""
    for (i = 1; i <= own; i++) body = body " ad_tensor *AD_LOCAL_(" i ", n) = " last_word(part[i]) ";"
    if (all) body = body " ad_tensor *AD_LOCAL_(" leading ", n) = AD_FIRST_(__VA_ARGS__, );"
    call = "(" name ")("
    for (i = 1; i <= leading; i++) call = call (i > 1 ? ", " : "") "AD_LOCAL_(" i ", n)"
    if (options == "") {
        head = head body " " placed(result, call (leading < count ? ", __VA_ARGS__" : "") ")") "; })\n"
        c = c head; cpp = cpp head
        return
    }
    c = c head body " " placed(result, call ", &AD_MAKE_(" options ", AD_REST_(__VA_ARGS__, )))") "; })\n"
    cpp = cpp "inline " result name "(" types ", " options " options, ad_nothing_ = {})\n{\n    return " name "(" list(part, count) "&options);\n}\n"
    cpp = cpp head body " " placed(result, call ", AD_REST_(__VA_ARGS__, {}))") "; })\n"
}

# The deleted function takes the calls whose options are a number: 0 would pass for a null pointer.
function overload(name, result, options, types, names,    where, call, star) {
    star = result ~ /\*$/ ? "" : " "
    where = result == "ad_tensor *" ? ", const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE()" : ""
    call = name "(" names (names == "" ? "" : ", ") "&options)"
    if (where != "") call = "ad_at(file_, line_, " call ")"
    cpp = cpp "inline " result star name "(" types (types == "" ? "" : ", ") options " options = {}" where ")\n{\n    return " call ";\n}\n"
    cpp = cpp "template <class T, class = decltype(T(1) * T(1))> " result star name "(" types (types == "" ? "" : ", ") "T) = delete;\n"
}

/^typedef struct ad_[a-z_]+_options \{/ { inside = $3 }
inside != "" && /ad_tensor \*/ { holds_tensors[inside] = 1 }
/^}/ { inside = "" }

/^AD_API / || pending != "" {
    pending = pending (pending == "" ? "" : " ") trim($0)
    if (pending ~ /;/) { declare(pending); pending = "" }
}

# What belongs to another header than adze.h.
function second() {
    print "/* How calls of " of ".h look in a program (see call.h).  Made by script/make-call-header.awk. */"
    print "#ifndef ADZE_" toupper(of) "_CALL_H\n#define ADZE_" toupper(of) "_CALL_H\n\n/* clang-format off */"
    printf "#ifndef __cplusplus\n%s#endif\n\n#ifndef ADZE_PLAIN_CALLS\n#ifndef __cplusplus\n%s\n#else\n\n%s\n#endif\n#endif\n/* clang-format on */\n#endif\n", all_defaults, c, cpp
}

END {
    if (of != "") { second(); exit }
    print "/* How calls look in a program: .field = value options, and the caller's place in every message.  Made from adze.h by"
    print " * script/make-call-header.awk; in C the plain function is (ad_name)(...), as bindings call it.  Tensors given to a call are"
    print " * evaluated from left to right. */"
    print "#ifndef ADZE_CALL_H\n#define ADZE_CALL_H\n\n/* clang-format off */"
    print "#ifndef __cplusplus\n"
    print "/* What is written overrides a default. */"
    print "#if defined(__clang__)\n#pragma clang diagnostic ignored \"-Winitializer-overrides\""
    print "#elif defined(__GNUC__)\n#pragma GCC diagnostic ignored \"-Woverride-init\"\n#endif\n"
    printf "%s", all_defaults
    print "#endif\n\n#ifndef ADZE_PLAIN_CALLS"
    print "#define AD_LOCAL_(i, n) AD_LOCAL_NAME_(i, n)\n#define AD_LOCAL_NAME_(i, n) ad_##i##_##n"
    print "#define AD_2_(n, call, x, z) \\\n    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = z; ad_at(__FILE__, __LINE__, (call)(AD_LOCAL_(1, n), AD_LOCAL_(2, n))); })"
    print "#define AD_3_(n, call, x, y, z) \\\n    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = y; ad_tensor *AD_LOCAL_(3, n) = z; ad_at(__FILE__, __LINE__, (call)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n))); })\n"
    print "#ifndef __cplusplus\n"
    printf "%s", c
    print "\n#else\n\nstruct ad_nothing_ {};"
    printf "%s", cpp
    print "\n#endif\n#endif\n/* clang-format on */\n#endif"
}
