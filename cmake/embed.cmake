# adze_embed(FILE SYMBOL): a C source that holds FILE packed (cmake/pack.c) as `const unsigned char SYMBOL[]`; appended to adze_embedded.
# Where programs that are built do not run here, a script writes it, without packing.
if(NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR)
    add_executable(adze_pack ${PROJECT_SOURCE_DIR}/cmake/pack.c)
endif()
function(adze_embed file symbol)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.c)
    file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/embedded)
    if(TARGET adze_pack)
        add_custom_command(OUTPUT ${out} COMMAND adze_pack ${file} ${symbol} ${out} DEPENDS ${file} adze_pack VERBATIM)
    else()
        add_custom_command(OUTPUT ${out}
            COMMAND ${CMAKE_COMMAND} -DFILE=${file} -DSYMBOL=${symbol} -DOUT=${out} -P ${PROJECT_SOURCE_DIR}/cmake/embed_file.cmake
            DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/embed_file.cmake VERBATIM)
    endif()
    set(adze_embedded ${adze_embedded} ${out} PARENT_SCOPE)
endfunction()
