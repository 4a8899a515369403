/**
 * The C23 names that a compiler on glibc 2.38 puts in place of `strtol` and `sscanf`. They differ in
 * reading binary literals such as `0b101`, which the binding has no use for.
 */
const C23_PREFIX = '__isoc23_';
const BASE_VERSION = 'GLIBC_2.2.5';
const NEWER_VERSIONS = new Set(['GLIBC_2.38', 'GLIBC_2.39']);

/** Section types and flags of the ELF gABI and its GNU extensions (`elf.h`). */
const SHT_DYNSYM = 11;
const SHT_GNU_VERNEED = 0x6ffffffe;
const SHT_GNU_VERSYM = 0x6fffffff;
const VER_FLG_WEAK = 2;
const SYMBOL_BYTES = 24;

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** Index of the section with this one's strings. */
  readonly link: number;
}

/**
 * A copy of a little-endian 64-bit ELF library that also loads under glibc before 2.38: the C23 names
 * become the plain functions that glibc 2.2.5 brought for x86-64, and what else is asked of versions
 * 2.38 and 2.39 (weak symbols only) is flagged as dispensable.
 *
 * @throws RangeError when the library is laid out otherwise.
 */
export function patchForOlderGlibc(library: Buffer): Buffer {
  const patched = Buffer.from(library);
  const sections = readSections(patched);
  const symbols = sectionOf(sections, SHT_DYNSYM);
  const symbolVersions = sectionOf(sections, SHT_GNU_VERSYM);

  const baseVersion = weakenNewerVersions(patched, sections);
  const names = sections[symbols.link]?.offset ?? 0;
  for (let i = 0; i < symbols.size / SYMBOL_BYTES; i++) {
    const symbol = symbols.offset + i * SYMBOL_BYTES;
    const name = patched.readUInt32LE(symbol);
    if (!textAt(patched, names + name).startsWith(C23_PREFIX)) continue;
    // The plain name is the tail of the C23 name, so it is in the string table already.
    patched.writeUInt32LE(name + C23_PREFIX.length, symbol);
    patched.writeUInt16LE(baseVersion, symbolVersions.offset + i * 2);
  }
  return patched;
}

/** Flags the newer versions as weak, and gives the index of the base version. */
function weakenNewerVersions(library: Buffer, sections: readonly Section[]): number {
  const needs = sectionOf(sections, SHT_GNU_VERNEED);
  const names = sections[needs.link]?.offset ?? 0;
  let baseVersion: number | undefined;
  for (let need = needs.offset, next = -1; next !== 0; need += next) {
    const isLibc = textAt(library, names + library.readUInt32LE(need + 4)) === 'libc.so.6';
    let version = need + library.readUInt32LE(need + 8);
    for (let left = library.readUInt16LE(need + 2); isLibc && left > 0; left--) {
      const name = textAt(library, names + library.readUInt32LE(version + 8));
      if (name === BASE_VERSION) baseVersion = library.readUInt16LE(version + 6);
      if (NEWER_VERSIONS.has(name)) library.writeUInt16LE(VER_FLG_WEAK, version + 4);
      version += library.readUInt32LE(version + 12);
    }
    next = library.readUInt32LE(need + 12);
  }
  if (baseVersion === undefined) throw new RangeError(`The library asks for no ${BASE_VERSION}`);
  return baseVersion;
}

function readSections(library: Buffer): Section[] {
  if (library.readUInt32BE(0) !== 0x7f454c46) throw new RangeError('The library is no ELF file');
  const table = Number(library.readBigUInt64LE(40));
  const entryBytes = library.readUInt16LE(58);
  return Array.from({ length: library.readUInt16LE(60) }, (_, i) => {
    const entry = table + i * entryBytes;
    return {
      type: library.readUInt32LE(entry + 4),
      offset: Number(library.readBigUInt64LE(entry + 24)),
      size: Number(library.readBigUInt64LE(entry + 32)),
      link: library.readUInt32LE(entry + 40),
    };
  });
}

function sectionOf(sections: readonly Section[], type: number): Section {
  const section = sections.find((candidate) => candidate.type === type);
  if (section === undefined) throw new RangeError(`The library has no section of type ${String(type)}`);
  return section;
}

function textAt(library: Buffer, offset: number): string {
  return library.toString('latin1', offset, library.indexOf(0, offset));
}
