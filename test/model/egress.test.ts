import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, isPublicRange, rulesOf } from '../../src/model/egress.ts'

describe('egress', () => {
  it('writes the two addresses of a /31 one by one, for Storage refuses such ranges', () => {
    expect(rulesOf('20.1.2.4/31')).toEqual(['20.1.2.4', '20.1.2.5'])
    expect(rulesOf('20.1.2.4/32')).toEqual(['20.1.2.4'])
    expect(rulesOf('20.1.2.4')).toEqual(['20.1.2.4'])
  })

  it('keeps larger prefixes as ranges that begin where they should', () => {
    expect(rulesOf('20.1.2.17/28')).toEqual(['20.1.2.16/28'])
  })

  it('makes no rule of what is no IPv4 address', () => {
    for (const ip of ['2603:1020::1', '20.1.2', '20.1.2.300', '20.1.2.3/40', '']) {
      expect(rulesOf(ip)).toEqual([])
      expect(covers(['0.0.0.0/0'], ip)).toBe(false)
    }
  })

  it('takes public addresses and small ranges only from people', () => {
    for (const ip of ['20.1.2.3', '203.0.113.0/28', '20.1.0.0/16']) expect(isPublicRange(ip)).toBe(true)
    for (const ip of ['10.1.2.3', '172.16.0.0/16', '192.168.1.1', '127.0.0.1', '0.0.0.0/0', '20.0.0.0/8', '240.0.0.1', '2603::1', 'shop'])
      expect(isPublicRange(ip)).toBe(false)
  })

  it('finds an address in its own rule and in a range around it, and nowhere else', () => {
    expect(covers(['20.1.2.3'], '20.1.2.3')).toBe(true)
    expect(covers(['20.1.0.0/16'], '20.1.2.3')).toBe(true)
    expect(covers(['20.1.0.0/16'], '20.1.2.0/28')).toBe(true)
    expect(covers(['20.1.2.3'], '20.1.2.0/28')).toBe(false)
    expect(covers(['20.2.0.0/16', 'nonsense'], '20.1.2.3')).toBe(false)
  })

  it('covers every address by the rules that it makes of its prefix', () => {
    fc.assert(
      fc.property(fc.tuple(fc.nat(223), fc.nat(255), fc.nat(255), fc.nat(255)), fc.integer({ min: 8, max: 32 }), (parts, bits) => {
        const ip = parts.join('.')
        expect(covers(rulesOf(`${ip}/${bits}`), ip)).toBe(true)
      }),
    )
  })
})
