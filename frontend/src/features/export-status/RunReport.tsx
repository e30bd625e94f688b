import { Title } from '@mantine/core'
import type { Journal } from './journal'
import { RunJournal } from './RunJournal'

interface RunReportProps {
  journal: Journal
}

/** How a run went that has ended. */
export function RunReport({ journal }: RunReportProps) {
  return (
    <section style={{ marginTop: 24 }}>
      <Title order={2} size="h4" mb="xs">
        Run
      </Title>
      <RunJournal journal={journal} now={null} />
    </section>
  )
}
