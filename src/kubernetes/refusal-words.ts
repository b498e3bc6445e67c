// What is told of a refusal: never the free text of one that is about a Secret.
import { redact } from '../errors/redact.ts'
import { type ExposedValues, isIn } from '../errors/unquoted.ts'
import { knownPhrases, notRepeated } from '../model/phrases.ts'
import type { Coded } from './status.ts'

/**
 * What is repeated of a refusal about a Secret: its parts that are not free text, and known phrases. Names (of webhooks, field managers and fields)
 * come from the cluster's configuration or from the app, and are left out if they share anything with what was sent.
 */
export function refusalOf({ code, reason, message, details }: Coded, sent: ExposedValues): string {
  const named = (pattern: RegExp, text: string): string | undefined => {
    const [, name] = pattern.exec(text) ?? []
    return name === undefined || isIn(name, sent) ? undefined : name
  }
  const webhook = webhookIn(message, sent)
  const keys = Object.keys(sent?.reveal() ?? {})
  const fields = (details?.causes ?? []).flatMap(({ field = '', message: text = '' }) => {
    const known = keys.find((key) => field === `.data.${key}` || field === `data[${key}]`)
    const manager = named(/^conflict with "([\w ./-]{1,128})"/, text)
    return known === undefined && manager === undefined
      ? []
      : [[known && `key ${known}`, manager && `managed by ${manager}`].filter(Boolean).join(' ')]
  })
  const parts = [
    `It answered ${code} ${knownReason(reason)}`,
    ...(/^admission webhook /.test(message)
      ? [`the admission webhook ${webhook ?? '(of an unknown name)'} denied it`]
      : webhook
        ? [`webhook ${webhook}`]
        : []),
    ...knownPhrases(message),
    ...[...new Set(fields)].slice(0, 10),
  ]
  return `${parts.join('; ')}. ${notRepeated}`
}

/** https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#StatusReason */
const reasons = new Set(
  'Unauthorized Forbidden NotFound AlreadyExists Conflict Gone Invalid ServerTimeout StoreReadError Timeout TooManyRequests BadRequest MethodNotAllowed NotAcceptable RequestEntityTooLarge UnsupportedMediaType InternalError Expired ServiceUnavailable'.split(
    ' ',
  ),
)
export const knownReason = (reason: string): string => (reasons.has(reason) ? reason : 'for another reason')

export const messageOf = (message: string): string => {
  const line = redact(message).replaceAll(/\s+/g, ' ').trim()
  return line.length > 500 ? `${line.slice(0, 499)}…` : line
}

/** As the API server names it before the webhook's own text. */
export function webhookIn(message: string, sent: ExposedValues): string | undefined {
  const [, name] =
    /^(?:Internal error occurred: failed calling webhook|admission webhook) "([a-z0-9-]+(?:\.[a-z0-9-]+){1,9})"/.exec(message) ?? []
  return name === undefined || isIn(name, sent) ? undefined : name
}
