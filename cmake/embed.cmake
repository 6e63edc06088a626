# adze_embed(FILE SYMBOL): a C source that holds FILE as `const char SYMBOL[]`; appended to adze_embedded.
function(adze_embed file symbol)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.c)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DFILE=${file} -DSYMBOL=${symbol} -DOUT=${out} -P ${PROJECT_SOURCE_DIR}/cmake/embed_file.cmake
        DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/embed_file.cmake VERBATIM)
    set(adze_embedded ${adze_embedded} ${out} PARENT_SCOPE)
endfunction()
