import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { Section } from '@/components/Section'
import { comparisonQuery } from './compare'
import { ComparedExports } from './ComparedExports'
import { Drift } from './Drift'
import { KindDifferences } from './KindDifferences'
import { Notes } from './Notes'
import { PairTable } from './PairTable'
import { RowDifferences } from './RowDifferences'

interface CompareExportsProps {
  a: string
  b: string
}

/** Two completed exports: what their documents say first, then what takes a look at all rows. */
export function CompareExports({ a, b }: CompareExportsProps) {
  const comparison = useQuery(comparisonQuery(a, b))
  return (
    <QueryView
      query={comparison}
      errorTitle="The exports could not be compared"
      loading={<LoadingLines count={10} height={32} />}
    >
      {(found) => (
        <Stack gap="xl">
          <ComparedExports found={found} />
          <Notes notes={found.notes} />
          <RowDifferences a={a} b={b} kinds={found.kinds.length} />
          <Section title="Config">
            {found.config.length > 0 ? (
              <PairTable
                label="Config"
                of="Field"
                isText
                isFixed
                rows={found.config.map((each) => ({
                  name: each.field,
                  a: valueText(each.a),
                  b: valueText(each.b),
                }))}
              />
            ) : (
              <Text size="sm">Both exports have the same config.</Text>
            )}
          </Section>
          {found.kinds.map((kind) => (
            <KindDifferences key={kind.kind} found={kind} />
          ))}
          <Drift a={a} b={b} />
        </Stack>
      )}
    </QueryView>
  )
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null')
}
