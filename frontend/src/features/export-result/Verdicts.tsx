import { Badge, Button, Paper, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { Section } from '@/components/Section'
import { type Verdict, verdictsQuery } from '@/lib/api/exports'
import classes from './Verdicts.module.css'

const LEVELS: Record<Verdict['level'], { color: string; word: string }> = {
  green: { color: 'green', word: 'good' },
  amber: { color: 'orange', word: 'check' },
  red: { color: 'red', word: 'problem' },
  grey: { color: 'gray', word: 'not judged' },
}

interface VerdictsProps {
  exportId: string
  /** Called with the topic of a fix that a new export makes; missing if the person may not export. */
  onFix?: (topic: string) => void
}

/** What the dataset is like in each respect, what that means, and what to do about it. */
export function Verdicts({ exportId, onFix }: VerdictsProps) {
  const verdicts = useQuery(verdictsQuery(exportId))
  return (
    <Section title="Verdicts">
      <QueryView
        query={verdicts}
        errorTitle="The verdicts could not be loaded"
        loading={<LoadingLines count={7} height={36} />}
      >
        {(found) => (
          <Stack gap="xs">
            <Paper withBorder component="ul" m={0} p={0} className={classes.list}>
              {found.map((verdict) => (
                <VerdictRow key={verdict.topic} verdict={verdict} onFix={onFix} />
              ))}
            </Paper>
            <Help verdicts={found} />
          </Stack>
        )}
      </QueryView>
    </Section>
  )
}

interface VerdictRowProps {
  verdict: Verdict
  onFix?: (topic: string) => void
}

function VerdictRow({ verdict, onFix }: VerdictRowProps) {
  const { color, word } = LEVELS[verdict.level]
  const { topic, title, text, fix } = verdict
  const canExport = fix?.changes != null && onFix !== undefined
  return (
    <li className={classes.row} data-level={verdict.level} aria-label={`${title}: ${word}`}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <Badge color={color} variant="outline" radius="sm" miw="max-content">
        {word}
      </Badge>
      <Text size="sm" className={classes.text}>
        {text}
        {fix && !canExport && ` ${fix.text}.`}
      </Text>
      {canExport && (
        <Button variant="default" size="compact-sm" className={classes.fix} onClick={() => onFix(topic)}>
          {fix.text}
        </Button>
      )}
    </li>
  )
}

interface HelpProps {
  verdicts: Verdict[]
}

/** The limits of all verdicts. */
function Help({ verdicts }: HelpProps) {
  return (
    <details>
      <Text component="summary" size="sm">
        How these are judged
      </Text>
      <Text size="sm" c="dimmed" my="xs">
        A verdict has the level of its worst measure. It isn&apos;t judged if the export didn&apos;t ask for
        it, or if the dataset doesn&apos;t say.
      </Text>
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing={4} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Verdict</Table.Th>
              <Table.Th>Measure</Table.Th>
              <Table.Th>Check</Table.Th>
              <Table.Th>Problem</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {verdicts.flatMap(({ title, thresholds }) =>
              thresholds.map(({ meaning, amber, red }) => (
                <Table.Tr key={meaning}>
                  <Table.Td className={classes.short}>{title}</Table.Td>
                  <Table.Td>{meaning}</Table.Td>
                  <Table.Td className={classes.short}>{amber}</Table.Td>
                  <Table.Td className={classes.short}>{red}</Table.Td>
                </Table.Tr>
              )),
            )}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </details>
  )
}
