// A loop as one small object: the custom status of its instance (at most 16 KB there) and its log text. No secret, no long text.
import type { Snapshot } from '../ports/rows.ts'

const most = 12
const cut = (text: string): string => (text.length > 160 ? `${text.slice(0, 159)}…` : text)

export function summary({ row, view, steps, members }: Snapshot): object {
  const problems = steps.flatMap((step) => step.outcome.problems.map((problem) => cut(`${problem.code}: ${problem.text}`)))
  const waits = steps.flatMap((step) => step.outcome.waits.map((need) => cut(need.text)))
  return {
    id: row.loop.id,
    ...(row.self ? { generation: row.self.generation } : { members: members.length }),
    ...(view.removing ? { removing: true } : {}),
    steps: Object.fromEntries(steps.map((step) => [step.step, step.outcome.kind])),
    ...(waits.length > 0 ? { waits: waits.slice(0, most) } : {}),
    ...(problems.length > 0 ? { problems: problems.slice(0, most) } : {}),
  }
}
