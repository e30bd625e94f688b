import { SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { BarList } from '@/components/charts/BarList'
import type { TemplateCounts } from '@/lib/api/reports'
import { type RowPage, rowsQuery } from '@/lib/api/rows'
import { formatCount, formatPercent, plural } from '@/lib/format'
import { rangeText } from './bins'

const SHOWN = 10
const LIST_HEIGHT = 290

interface TemplateFrequencyProps {
  exportId: string
  counts: TemplateCounts
}

/** The most frequent templates, and how many there are that few rows have. */
export function TemplateFrequency({ exportId, counts }: TemplateFrequencyProps) {
  // The table is ordered by falling frequency.
  const most = useQuery(rowsQuery(exportId, { kind: 'templates', limit: SHOWN }))
  const classes = Object.fromEntries(
    counts.by_rows.map(({ from, to, templates }) => [
      `${rangeText(from, to)} ${to === 1 ? 'row' : 'rows'}`,
      templates,
    ]),
  )
  return (
    <section aria-label="Templates">
      <Title order={3} size="h6" mb="xs">
        Templates
      </Title>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        {most.isPending ? (
          <Skeleton height={LIST_HEIGHT} animate={false} />
        ) : (
          <div style={{ minHeight: most.isSuccess ? Math.min(SHOWN, counts.templates) * 26 : undefined }}>
            {most.isSuccess && <BarList title="Most frequent templates" counts={byText(most.data)} />}
          </div>
        )}
        <Stack gap={4}>
          <BarList title="Templates by how many rows have them" counts={classes} />
          <Text size="xs" c="dimmed">
            {tailText(counts)}
          </Text>
        </Stack>
      </SimpleGrid>
    </section>
  )
}

function byText({ rows }: RowPage): Record<string, number> {
  return Object.fromEntries(
    rows.map(({ values }) => [String(values['template']), Number(values['count'] ?? 0)]),
  )
}

/** Say how many templates are rare, and how few rows they have. */
function tailText({ templates, uncounted, by_rows: classes }: TemplateCounts): string {
  const all = classes.reduce((sum, { rows }) => sum + rows, 0)
  const rare = classes.filter(({ to }) => to < 10)
  const few = rare.reduce((sum, each) => sum + each.templates, 0)
  const rows = rare.reduce((sum, each) => sum + each.rows, 0)
  const tail =
    few === 0
      ? 'Each template has 10 rows or more.'
      : `${formatCount(few)} of ${plural(templates, 'template')} have fewer than 10 rows each: ${formatPercent(all > 0 ? rows / all : 0)} of all rows.`
  return uncounted > 0 ? `${tail} The rows of ${plural(uncounted, 'template')} are not known.` : tail
}
