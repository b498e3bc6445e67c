// The list of target types. A new one is a file here and a line below.
import { storageBlob } from './storage-blob.ts'
import type { Target } from './target.ts'

export const targets: readonly Target[] = [storageBlob]

/** By the original's name of the type: `storage-blob`. Other words for it are for people: domain/target-type.ts. */
export const targetOf = (type: string): Target | undefined => targets.find((target) => target.type === type)

/** The first type whose firewall and keys belong to resources of this ARM type, in any case. */
export const targetByArmType = (armType: string): Target | undefined => targets.find((target) => target.armType === armType.toLowerCase())
