// Gone or not: a resource counts as gone when two looks, some minutes apart, were answered `not found`. One alone proves little,
// for ARM answers so too while a resource moves or its index is behind; a 403 or an error proves nothing and is thrown before.

import { past } from '../domain/moments.ts'

type Missing = { readonly missingSince: number; readonly gone?: true }

export function missing(
  before: { readonly missingSince?: number; readonly gone?: true },
  now: number,
  goneAfterMs: number,
): { readonly facts: Missing; readonly lookAt?: number } {
  const missingSince = past(before.missingSince ?? now, now)
  const goneAt = missingSince + goneAfterMs
  if (before.gone || now >= goneAt) return { facts: { missingSince, gone: true } }
  return { facts: { missingSince }, lookAt: goneAt }
}

export const notMissing = { missingSince: undefined, gone: undefined } as const
