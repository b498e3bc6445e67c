// `systemData` of a linker: who declared it and who changed it last, and when. Who does it with a tag or a policy is not known here; Azure's activity log of
// the cluster has it. https://learn.microsoft.com/rest/api/servicelinker/linker/get#systemdata
import type { AuthorType } from '../../model/author.ts'
import { defined } from '../../model/defined.ts'
import type { LoopRow } from '../../ports/rows.ts'

export type SystemData = {
  readonly createdBy?: string
  readonly createdByType?: AuthorType
  readonly createdAt: string
  readonly lastModifiedBy?: string
  readonly lastModifiedByType?: AuthorType
  readonly lastModifiedAt: string
}

export const systemDataOf = ({ authors, createdAt, desiredAt }: LoopRow): SystemData =>
  defined({
    createdBy: authors?.created?.by,
    createdByType: authors?.created?.type,
    createdAt: new Date(createdAt).toISOString(),
    lastModifiedBy: authors?.modified?.by,
    lastModifiedByType: authors?.modified?.type,
    lastModifiedAt: new Date(desiredAt ?? createdAt).toISOString(),
  })
