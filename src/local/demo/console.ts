// The output of the demo: plain lines, one after the other, so that a log reads like the screen. Each line has the seconds since the start.

import { styleText } from 'node:util'

export type DemoConsole = {
  heading(text: string): void
  /** A sentence of the story. */
  say(text: string): void
  /** An observation, with the time. */
  seen(text: string, kind?: 'good' | 'waits' | 'bad'): void
  /** Output of a program, as it came. */
  output(text: string): void
  seconds(): number
}

const colours = { good: 'green', waits: 'yellow', bad: 'red' } as const

export function demoConsole(out: NodeJS.WriteStream): DemoConsole {
  const began = performance.now()
  const seconds = (): number => (performance.now() - began) / 1000
  const paint = (format: Parameters<typeof styleText>[0], text: string): string => styleText(format, text, { stream: out })
  const line = (text = ''): void => void out.write(`${text}\n`)
  let number = 0
  return {
    heading(text) {
      number++
      line(`\n${paint('bold', `${number}. ${text}`)}`)
    },
    say: (text) => line(`   ${text}`),
    seen(text, kind) {
      const time = paint('dim', `${seconds().toFixed(1).padStart(6)} s`)
      line(`${time}  ${kind === undefined ? text : paint(colours[kind], text)}`)
    },
    output: (text) => text.split('\n').forEach((each) => void line(`          ${paint('cyan', `> ${each}`)}`)),
    seconds,
  }
}
