// The one catalogue of problems: code -> text, cause, remediation, link. The rows are in problems/, by area.
// A code without a row, or a row without a code, does not compile.
import type { Code, ProblemKind } from '../model/code.ts'
import type { Fault, Problem } from '../model/problem.ts'
import { apiServerRows } from './problems/api-server.ts'
import { appRows } from './problems/app.ts'
import { azureRows } from './problems/azure.ts'
import { clusterRows } from './problems/cluster.ts'
import { conditionRows } from './problems/conditions.ts'
import { consentRows } from './problems/consent.ts'
import { databaseRows } from './problems/databases.ts'
import { extensionRows } from './problems/extension.ts'
import { fluxRows } from './problems/flux.ts'
import { kubernetesRows } from './problems/kubernetes.ts'
import { kubernetesRightRows } from './problems/kubernetes-rights.ts'
import { rightRows } from './problems/rights.ts'
import type { About, Row } from './problems/row.ts'
import { runCommandRows } from './problems/run-command.ts'
import { subscriptionRows } from './problems/subscriptions.ts'
import { targetRows } from './problems/target.ts'
import { vaultRows } from './problems/vault.ts'
import { certainFailure } from './thrown.ts'

export const catalogue = {
  ...consentRows,
  ...clusterRows,
  ...conditionRows,
  ...targetRows,
  ...databaseRows,
  ...apiServerRows,
  ...kubernetesRows,
  ...kubernetesRightRows,
  ...extensionRows,
  ...runCommandRows,
  ...fluxRows,
  ...vaultRows,
  ...rightRows,
  ...subscriptionRows,
  ...azureRows,
  ...appRows,
} as const satisfies Readonly<Record<Code, Row>>

/** Stands in for a word that the fault does not have. */
export const notKnown = '(not known)'

export const kindOf = (code: Code): ProblemKind => catalogue[code].kind

export function problemOf(fault: Fault): Problem {
  const row: Row = catalogue[fault.code]
  const about = { ...fault.about, ...row.words?.(fault.about) }
  const text = (template: string): string => fill(template, about, (word) => about[word] ?? notKnown).trim()
  const commands = commandsOf(row, about)
  return {
    code: fault.code,
    text: text(row.text),
    cause: text(row.cause),
    remediation: row.page ? `${text(row.remediation)} More is in ${row.page} of AKS Service Connector.` : text(row.remediation),
    link: row.link,
    ...(commands ? { commands } : {}),
    ...(row.warning ? { warning: true } : {}),
    ...(fault.of === undefined ? {} : { of: fault.of }),
    ...(fault.users === undefined ? {} : { users: fault.users }),
  }
}

/** For anything that was thrown: a `Failure` has its own problem, a mistake of this code is reported as one, anything else is unexpected. */
export function problemOfError(error: unknown, doing: string): Problem {
  const certain = certainFailure(error, doing)
  if (certain) return problemOf(certain.fields)
  const message = error instanceof Error ? `${error.name}: ${error.message}` : 'an error without a text'
  return problemOf({ code: 'Unexpected', about: { doing, message } })
}

/** The words that a row's templates need. */
export function wordsOf(code: Code): readonly string[] {
  const row: Row = catalogue[code]
  const templates = [row.text, row.cause, row.remediation, ...Object.values(row.commands ?? {})]
  return [...new Set(templates.flatMap((template) => [...template.matchAll(placeholder)].map(([, word = '']) => word)))]
}

const placeholder = /\{([a-zA-Z]+)\}/g
const fill = (template: string, about: About, word: (name: string) => string): string =>
  template.replace(placeholder, (_, name: string) => (Object.hasOwn(about, name) ? (about[name] ?? '') : word(name)))

/** Texts come from tags and from resources of others, and commands are pasted into shells: only characters without meaning to a shell. */
const harmless = /^[\p{L}\p{Nd}_.()@~/:*=, -]+$/u

function commandsOf(row: Row, about: About): Problem['commands'] | undefined {
  const filled = Object.entries(row.commands ?? {}).flatMap(([way, template]) => {
    const needed = [...template.matchAll(placeholder)].map(([, word = '']) => about[word])
    return needed.every((value) => value !== undefined && harmless.test(value)) ? [[way, fill(template, about, () => '')]] : []
  })
  return filled.length > 0 ? Object.fromEntries(filled) : undefined
}
