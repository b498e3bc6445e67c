import { describe, expect, it } from 'vitest'
import { allGrants } from '../../src/model/grant.ts'
import { targetTypeNamed } from '../../src/model/target-type.ts'
import { grantTypes } from '../../src/steps/identity/grants/catalogue.ts'
import { resourceOf, resources, targetOf, targets } from '../../src/targets/catalogue.ts'
import { credentialOf, rightsOf } from '../../src/targets/resource.ts'
import { resourceIn } from '../../src/targets/target-type.ts'

describe('the target types', () => {
  it('are found by type, by ARM type and by the words of tags', () => {
    expect(targetOf('storage-blob')?.displayName).toBe('Azure Blob Storage')
    expect(resourceOf('Microsoft.Storage/storageAccounts')?.label).toBe('storage account')
    for (const word of ['blob', 'storageblob', 'storage-blob', 'Blob']) expect(targetTypeNamed(word, targets)?.type).toBe('storage-blob')
  })

  it('are not found by other words', () => {
    expect(resourceOf('microsoft.sql/managedinstances')).toBeUndefined()
    expect(targetTypeNamed('oracle', targets)).toBeUndefined()
  })

  it.each(targets)('are complete and in one form: $type', (target) => {
    expect(target.auth.length).toBeGreaterThan(0)
    expect(target.clients).toContain('none')
    for (const [auth, clients] of Object.entries(target.clientsByAuth ?? {})) {
      expect(target.auth).toContain(auth)
      for (const client of clients) expect(target.clients).toContain(client)
    }
    for (const auth of target.auth)
      for (const client of target.clientsByAuth?.[auth] ?? target.clients) expect(target.keys(auth, client).length).toBeGreaterThan(0)
    for (const { kind, id } of allGrants(target.grants)) {
      expect(Object.keys(grantTypes)).toContain(kind)
      if (kind === 'azureRole') expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    }
    for (const auth of Object.keys(target.secret)) expect(target.auth).toContain(auth)
    const resource = resourceIn(target)
    const given = resource && credentialOf(resource, target.type)
    if (target.auth.includes('secret')) expect(given === undefined).toBe(target.gives === 'nothing')
  })

  it.each(resources)('lie on resources that are complete: $label', (resource) => {
    expect(resource.armType).toBe(resource.armType.toLowerCase())
    const polls = `${resource.armType.split('/')[0]}/locations/`
    for (const action of rightsOf(resource)) expect(action.toLowerCase()).toMatch(new RegExp(`^(${resource.armType}/|${polls})`))
    for (const action of resource.events) expect(action.toLowerCase()).toContain(`${resource.armType}/`)
  })

  it('share no word', () => {
    const words = targets.flatMap((target) => [target.type, ...target.aliases])
    expect(new Set(words).size).toBe(words.length)
  })
})
