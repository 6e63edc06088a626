# Writes include/adze/call.h from the declarations of include/adze/adze.h:
#     awk -f script/make-call-header.awk include/adze/adze.h > include/adze/call.h
# A function that returns ad_tensor * becomes a macro of the same name that passes the caller's place; one whose last parameter is
# "const ad_NAME_options *options" takes .field = value arguments there in C, and { .field = value } in C++20.

function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }

function last_word(s) { gsub(/[*]/, " ", s); sub(/.*[ ]/, "", s); return s }

function declare(text,    head, arguments, name, result, count, part, i, options, fixed, names, types) {
    if (text !~ /^AD_API .*\(/) return
    head = text; sub(/\(.*/, "", head); sub(/^AD_API /, "", head); sub(/AD_CHECKED /, "", head)
    arguments = text; sub(/^[^(]*\(/, "", arguments); sub(/\);.*$/, "", arguments)
    name = last_word(head); result = trim(substr(head, 1, length(head) - length(name)))
    if (arguments ~ /\(/ || name == "ad_at") return
    count = split(arguments, part, ",")
    options = ""
    if (part[count] ~ /const ad_[a-z]+_options \*options/) {
        options = part[count]; sub(/.*const /, "", options); sub(/ \*.*/, "", options); count--
    }
    if (options == "" && result != "ad_tensor *") return
    fixed = names = types = ""
    for (i = 1; i <= count; i++) {
        types = types (i > 1 ? ", " : "") trim(part[i])
        names = names (i > 1 ? ", " : "") last_word(trim(part[i]))
        if (i < count) fixed = fixed last_word(trim(part[i])) ", "
    }
    emit_c(name, result, options, count, fixed)
    if (options != "") emit_cpp(name, result, options, types, names)
    else cpp = cpp c_line
}

function emit_c(name, result, options, count, fixed,    call) {
    if (options == "") call = name "(__VA_ARGS__)"
    else if (count == 0) call = "(" name ")(&(" options "){.size_ = sizeof(" options "), __VA_ARGS__})"
    else call = "(" name ")(" fixed "AD_FIRST_(__VA_ARGS__, 0), &(" options "){AD_REST_(__VA_ARGS__, .size_ = sizeof(" options "))})"
    if (result == "ad_tensor *") call = "ad_at(__FILE__, __LINE__, " call ")"
    c_line = "#define " name "(" (options == "" ? "" : fixed) "...) \\\n    " call "\n"
    c = c c_line
}

function emit_cpp(name, result, options, types, names,    where, call, star) {
    star = result ~ /\*$/ ? "" : " "
    where = result == "ad_tensor *" ? ", const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE()" : ""
    call = name "(" names (names == "" ? "" : ", ") "&options)"
    if (where != "") call = "ad_at(file_, line_, " call ")"
    cpp = cpp "inline " result star name "(" types (types == "" ? "" : ", ") options " options = {}" where ")\n{\n    options.size_ = sizeof options;\n    return " call ";\n}\n"
}

/^AD_API / || pending != "" {
    pending = pending (pending == "" ? "" : " ") trim($0)
    if (pending ~ /;/) { declare(pending); pending = "" }
}

END {
    print "/* How calls look in a program: .field = value options, and the caller's place in every message.  Made from adze.h by"
    print " * script/make-call-header.awk; in C the plain function is (ad_name)(...), as bindings call it. */"
    print "#ifndef ADZE_CALL_H\n#define ADZE_CALL_H\n\n/* clang-format off */"
    print "#ifndef __cplusplus\n"
    print "#define AD_FIRST_(first, ...) first\n#define AD_REST_(first, ...) __VA_ARGS__\n"
    printf "%s", c
    print "\n#else\n"
    printf "%s", cpp
    print "\n#endif\n/* clang-format on */\n#endif"
}
