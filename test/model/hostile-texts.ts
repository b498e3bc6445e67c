// Texts in which each language of as-code.ts finds something of its own.
import * as fc from 'fast-check'

const pieces = [
  ...["'", '"', '\\', '$', '`', '!', '#', ';', '%', '{', '}', '${', '%{', '$${', '%%{', '$(exit 1)', '`exit 1`', "''", "'''"],
  ...['\n', '\t', '\u007f', '\u0085', '\u2028', '\ufeff', ': ', ' #', '-', 'é', '😀', 'a', '1'],
]

export const hostileText = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((all) => all.join(''))
/** For tests that run one process for all of them. */
export const hostileTexts = fc.array(hostileText, { minLength: 40, maxLength: 40 })
