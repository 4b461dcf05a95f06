# A thin front for meson: build/release (hardened), build/asan (the default of the checks),
# build/clang (compiles with the other compiler), build/fuzz. People use ./run.
.PHONY: release asan clang fuzz clean

release asan clang fuzz: %: build/%/build.ninja
	@tools/stale build/$*
	@ninja -C build/$*

build/release/build.ninja:
	meson setup build/release --buildtype=debugoptimized -Dtests=false
build/asan/build.ninja:
	meson setup build/asan --buildtype=debug -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false
build/clang/build.ninja:
	CC=clang meson setup build/clang --buildtype=debugoptimized
build/fuzz/build.ninja:
	CC=clang meson setup build/fuzz --buildtype=debugoptimized -Dfuzz=true -Dtests=false \
	  -Db_sanitize=address,undefined -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link

clean:
	rm -rf build
