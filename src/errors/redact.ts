// Second line of defence at the logger: removes from a text what looks like a credential. The first line is `Secret<T>`, which keeps credentials out
// of texts entirely; anything found here is a bug elsewhere.

const hidden = '[redacted]'

const rules: readonly (readonly [RegExp, string])[] = [
  // connection strings: AccountKey=…;SharedAccessKey=…;SharedAccessSignature=…;Password=…
  [
    /\b(AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecretValue|Password|Pwd|AccessKey)(\s*=\s*)("[^"]*"|[^;\s"']+)/gi,
    `$1$2${hidden}`,
  ],
  [/\b(Bearer|Basic|SharedKey|SharedKeyLite)(\s+)[A-Za-z0-9._~+/=:-]{8,}/g, `$1$2${hidden}`],
  // JSON Web Tokens, wherever they stand
  [/\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(\.[A-Za-z0-9_-]*)?/g, hidden],
  // form and JSON fields
  [
    /(["']?(?:client_?secret|client_assertion|access_?token|refresh_token|id_token|accountkey|account_key|account-key|primarykey|secondarykey|connectionstring|primaryconnectionstring|password|x-identity-header)["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^&\s,;}"']+)/gi,
    `$1${hidden}`,
  ],
  // `{"name":"…SECRET","value":"…"}`, as environments of containers are written
  [
    /(["']?name["']?\s*[:=]\s*["']?[\w.-]*(?:secret|password|token|key|connectionstring)["']?\s*,\s*["']?value["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^&\s,;}"']+)/gi,
    `$1${hidden}`,
  ],
  // client secrets of Entra ID have `8Q~`, or another digit before it, after their first three characters
  [/[\w~.-]{3}\dQ~[\w~.-]{20,40}/g, hidden],
  // user and password in a URL
  [/(\bhttps?:\/\/)[^\s/@:]+:[^\s/@]+@/gi, `$1${hidden}@`],
  // signed URLs: shared access signatures (sig), ARM's poll URLs (t, c, s, h), function keys (code)
  [/([?&](?:sig|code|s|c|h|t|token|access_token)=)[^&\s"'<>]{8,}/gi, `$1${hidden}`],
  // account keys of Storage (88 characters) and of other services (44): base64 of 64 and 32 bytes
  [/(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])/g, hidden],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
]

/** Mixed-case letters with digits, or padded, as only random text is: ids, names and words do not match. */
const randomLooking = /[A-Za-z0-9+_~-]{24,}={0,2}/g
function isRandom(text: string): boolean {
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || !/\d|=$/.test(text)) return false
  const kinds = [...text].map((letter) => (/[a-z]/.test(letter) ? 'a' : /[A-Z]/.test(letter) ? 'A' : /\d/.test(letter) ? '1' : '-'))
  const changes = kinds.filter((kind, at) => at > 0 && kind !== kinds[at - 1] && kind !== '-' && kinds[at - 1] !== '-').length
  return changes / text.length >= 0.35
}

const byRules = (text: string): string => rules.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text)

/** Secrets of Kubernetes are base64, and refusals repeat them: redacted if their decoded text would be. */
const encoded = /[A-Za-z0-9+/_-]{24,}={0,2}/g

export const redact = (text: string): string =>
  byRules(text)
    .replace(encoded, (found) => {
      const decoded = Buffer.from(found, 'base64').toString('latin1')
      return byRules(decoded) === decoded ? found : hidden
    })
    .replace(randomLooking, (found) => (isRandom(found) ? hidden : found))
