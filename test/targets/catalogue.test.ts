import { describe, expect, it } from 'vitest'
import { targetTypeNamed } from '../../src/domain/target-type.ts'
import { targetByArmType, targetOf, targets } from '../../src/targets/catalogue.ts'

describe('the target types', () => {
  it('are found by type, by ARM type and by the words of tags', () => {
    expect(targetOf('storage-blob')?.displayName).toBe('Azure Blob Storage')
    expect(targetByArmType('Microsoft.Storage/storageAccounts')?.type).toBe('storage-blob')
    for (const word of ['blob', 'storageblob', 'storage-blob', 'Blob']) expect(targetTypeNamed(word, targets)?.type).toBe('storage-blob')
  })

  it('are not found by other words', () => {
    expect(targetOf('blob')).toBeUndefined()
    expect(targetByArmType('microsoft.sql/servers')).toBeUndefined()
    expect(targetTypeNamed('sql', targets)).toBeUndefined()
  })

  it.each(targets)('are complete and in one form: $type', (target) => {
    expect(target.armType).toBe(target.armType.toLowerCase())
    expect(target.auth.length).toBeGreaterThan(0)
    expect(target.clients).toContain('none')
    for (const [auth, clients] of Object.entries(target.clientsByAuth ?? {})) {
      expect(target.auth).toContain(auth)
      for (const client of clients) expect(target.clients).toContain(client)
    }
    for (const auth of target.auth)
      for (const client of target.clientsByAuth?.[auth] ?? target.clients) expect(target.keys(auth, client).length).toBeGreaterThan(0)
    for (const role of target.roles) expect(role.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    if (target.firewall.family === 'array')
      expect([typeof target.firewallBody, typeof target.firewallIps]).toEqual(['function', 'function'])
    if (target.auth.includes('secret')) expect(target.credential).toBeDefined()
  })

  it('share no word', () => {
    const words = targets.flatMap((target) => [target.type, ...target.aliases])
    expect(new Set(words).size).toBe(words.length)
  })
})
