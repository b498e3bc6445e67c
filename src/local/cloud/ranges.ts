// Whether an address lies in a range as firewalls write it: `20.1.2.3` or `20.1.2.0/24`.
import { BlockList, isIPv4 } from 'node:net'

export function includes(range: string, ip: string): boolean {
  const [address = '', bits = '32'] = range.split('/')
  if (!isIPv4(address) || !isIPv4(ip)) return address === ip
  const list = new BlockList()
  list.addSubnet(address, Number(bits), 'ipv4')
  return list.check(ip)
}
