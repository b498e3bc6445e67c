// `npm start`, as a person uses it: the printed lines are pasted into a shell as they stand, over Ctrl-C, a crash and new starts.

import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShell, type Shell } from './shell.ts'
import { freePort, type Started, start } from './started.ts'

const folder = mkdtempSync(join(tmpdir(), 'start-test-'))
const kubectl = spawnSync('sh', ['-c', 'command -v kubectl']).status === 0
const home = { PATH: process.env['PATH'] ?? '', HOME: folder }
let port: number
let shell: Shell
let running: Started
let lines: readonly string[]

const begin = async (...more: string[]): Promise<Started> => {
  const state = ['--state', join(folder, 'state'), '--port', String(port), '--latency', '0.01']
  const started = start([...state, ...more], { CONNECTOR_GRACE_MINUTES: '0.02' })
  await started.said('docs/local.md')
  return started
}
/** The printed line that has this text. */
const lineWith = (text: string): string => {
  const found = lines.filter((line) => line.includes(text))
  if (found.length !== 1) throw new Error(`${found.length} printed lines have '${text}'`)
  return found[0] ?? ''
}
const paste = async (text: string): Promise<string> => {
  const { output, code } = await shell.run(lineWith(text))
  if (code !== 0) throw new Error(`${lineWith(text)}\nended with ${code}: ${output}`)
  return output
}
/** Pastes it again and again until the output has `expected`. */
async function pasteUntil(text: string, expected: string): Promise<void> {
  for (let round = 0; ; round++) {
    const { output } = await shell.run(lineWith(text))
    if (output.includes(expected)) return
    if (round > 60) throw new Error(`'${expected}' never came, but ${output}`)
    await wait(250)
  }
}

/** The path goes out as it stands. */
const statusOf = (at: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
  new Promise((done, failed) => {
    const sent = request({ hostname: '127.0.0.1', port: at, path, headers }, (response) => {
      response.resume()
      done(response.statusCode ?? 0)
    })
    sent.on('error', failed)
    sent.end()
  })

beforeAll(async () => {
  port = await freePort()
  shell = openShell(home)
  running = await begin()
  const [, printed = ''] = running.output().split('Try it:')
  lines = printed.split('\n').flatMap((line) => (/^ {2}[^# ]/.test(line) ? [line.slice(2)] : []))
}, 60_000)
afterAll(async () => {
  shell.close()
  await running.stop('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

describe('npm start', () => {
  it('says where everything is, and who can call', () => {
    const said = running.output()
    for (const text of [
      `http://127.0.0.1:${port} `,
      `http://127.0.0.1:${port + 1} `,
      join(folder, 'state', 'ca.pem'),
      'ada: Connections.Read',
    ])
      expect(said).toContain(text)
    expect(lines.length).toBeGreaterThanOrEqual(12)
  })

  it('gives a token with the printed line, and no one gets in without one', async () => {
    const [, line = ''] = /A token: +(.*)/.exec(running.output()) ?? []
    expect(execFileSync('sh', ['-c', line], { env: home, encoding: 'utf8' })).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect((await fetch(`http://127.0.0.1:${port}/connections`)).status).toBe(401)
  })

  it('lets no one past the front, whatever they say they are', async () => {
    const claims = { auth_typ: 'aad', claims: [{ typ: 'roles', val: 'Connections.Read' }] }
    const headers = { 'x-ms-client-principal': Buffer.from(JSON.stringify(claims)).toString('base64') }
    expect((await fetch(`http://127.0.0.1:${port + 2}/connections`, { headers })).status).toBe(403)
    expect((await fetch(`http://127.0.0.1:${port}/connections`, { headers })).status).toBe(401)
    for (const path of [
      '/runtime/webhooks/durabletask/instances',
      '/runtime/webhooks/EventGrid?functionName=azure-events',
      '/admin/functions',
    ])
      for (const at of [port, port + 2]) expect([path, at, [401, 404]]).toContainEqual(expect.arrayContaining([await statusOf(at, path)]))
  })

  it('answers no page whose name was made to lead here, and no path can name another host', async () => {
    for (const at of [port, port + 2, port + 4]) {
      expect([at, await statusOf(at, '/healthz', { host: 'evil.example' })]).toEqual([at, 421])
      for (const path of ['//', '/.//evil.example/x', '/\\evil.example']) expect([400, 401, 403, 404]).toContain(await statusOf(at, path))
    }
    expect(await statusOf(port + 4, '/token?person=ada', { 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await statusOf(port + 4, '/token?person=ada')).toBe(200)
  })

  it('connects over HTTP and by a tag with the printed lines', async () => {
    for (const text of ['export HTTPS_PROXY', 'as()', 'pretty()', 'SC_APP=']) await paste(text)
    expect(await paste('PUT $app/policies/shop')).toContain('"name":"shop"')
    expect(await paste('-X PUT "$app$shop')).toContain('"provisioningState"')
    expect(await paste('"operation":"Merge"')).toContain('connect-invoices')
    await pasteUntil(
      '"$app$shop/providers/Microsoft.ServiceLinker/linkers/photos?api-version=2024-04-01" -H "$(as ben)" | pretty',
      '"provisioningState": "Succeeded"',
    )
    await pasteUntil('/workload?', '3 containers: invoices, receipts, reminders')
    expect(await paste('/connections -H')).toContain('"name": "invoices"')
  }, 60_000)

  it('does the same with sc: the printed line, and each of its commands', async () => {
    expect(await paste('npx sc show photos --watch')).toMatch(/write-resources[\s\S]+state: +Succeeded/)
    const run = async (line: string): Promise<string> => {
      const { output, code } = await shell.run(`node bin/sc.cjs ${line}`)
      return `${code} ${output}`
    }
    expect(await run('connect papers storage-blob:shopphotos --namespace web --timeout 60')).toMatch(
      /^0 [\s\S]+ federate-identity [\s\S]+Succeeded/,
    )
    expect(await run('list -o json | node -p "JSON.parse(require(\'fs\').readFileSync(0)).length"')).toBe('0 3\n')
    expect(await run('validate papers')).toMatch(/^0 ITEM/)
    expect(await run('configurations papers')).toContain('https://shopphotos.blob.core.windows.net/')
    expect(await run('disconnect papers --timeout 60')).toMatch(/^0 [\s\S]*papers is removed\./)
  }, 120_000)

  it('gives a kubeconfig that works with kubectl, where there is one', async () => {
    expect(await paste('/kubeconfig?')).toBe('')
    const { output, code } = await shell.run(lineWith('kubectl --kubeconfig'))
    expect([code, output]).toEqual(
      kubectl ? [0, expect.stringContaining('secret/sc-invoices-secret')] : [127, expect.stringContaining('kubectl')],
    )
  }, 60_000)

  it('refuses to start a second time beside itself, and says what to do', async () => {
    const second = start(['--state', join(folder, 'state'), '--port', String(port)])
    expect(await second.ended).toBe('1')
    expect(second.output()).toMatch(/state is in use by process \d+: npm start on http.*\nStop that one with Ctrl-C/)
    const third = start(['--state', join(folder, 'other'), '--port', String(port)])
    expect(await third.ended).toBe('1')
    expect(third.output()).toContain(`${port}, ${port + 1}`)
    expect(third.output()).toContain('in use by another program')
  }, 60_000)

  it('stops within three seconds after Ctrl-C, and goes on where it was', async () => {
    const ca = readFileSync(join(folder, 'state', 'ca.pem'), 'utf8')
    const { ended, ms } = await running.stop('SIGINT')
    expect(ended).toBe('0')
    expect(ms).toBeLessThan(3_500)
    running = await begin()
    expect(running.output()).toContain('goes on where it was left')
    expect(readFileSync(join(folder, 'state', 'ca.pem'), 'utf8')).toBe(ca)
    expect(await paste('/connections -H')).toContain('"name": "photos"')
    expect(await paste('/workload?')).toContain('3 containers')
  }, 60_000)

  it('goes on after a kill, too', async () => {
    await running.stop('SIGKILL')
    running = await begin()
    expect(await paste('/workload?')).toContain('3 containers')
  }, 60_000)

  it('disconnects with the printed lines', async () => {
    expect(await paste('-X DELETE')).toContain('HTTP/1.1 202')
    expect(await paste('"operation":"Delete"')).not.toContain('connect-invoices')
    await pasteUntil('/connections -H', '"value": []')
  }, 60_000)

  it('forgets everything with --fresh', async () => {
    await paste('-X PUT "$app$shop')
    await running.stop('SIGINT')
    running = await begin('--fresh')
    expect(running.output()).toContain('Its state is kept in')
    const { output } = await shell.run(lineWith('/connections -H'))
    expect(output).toContain('"value": []')
  }, 60_000)
})

describe('npm start, before anything runs', () => {
  it('explains its options, and says what is wrong', async () => {
    const asked = start(['--help'])
    expect([await asked.ended, asked.output()]).toEqual(['0', expect.stringContaining('--fresh')])
    const wrong = start(['--fleet', 'nowhere.yaml'])
    expect(await wrong.ended).toBe('1')
    expect(wrong.output()).toContain('nowhere.yaml')
  }, 60_000)

  it('names the port that another process has', async () => {
    const first = await freePort()
    const server = createServer().listen(first + 2, '127.0.0.1')
    await once(server, 'listening')
    const refused = start(['--state', join(folder, 'third'), '--port', String(first)])
    expect(await refused.ended).toBe('1')
    expect(refused.output()).toContain(`port ${first + 2} is in use`)
    server.close()
  }, 60_000)
})
