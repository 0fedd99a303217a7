import { useEffect } from 'preact/hooks';
import { power } from './format/quantities';
import { Notice, notices } from './home/notices';
import { ConnectionBanner } from './parts/connection-banner';
import { NoticeList } from './parts/notice-list';
import { PageHeader } from './parts/page-header';
import { TokenForm } from './parts/token-form';
import { useHomeData } from './state/home';
import { connection, consumption, picture, refreshError } from './state/live';
import { route } from './state/route';
import { tokenWanted } from './state/token';
import { CircuitsView } from './views/circuits-view';
import { HealthView } from './views/health-view';
import { HistoryView } from './views/history-view';
import { NowView } from './views/now-view';

const VIEW_COMPONENTS = { now: NowView, history: HistoryView, circuits: CircuitsView, health: HealthView };

/** Where the service is away altogether, the banner says so. */
function refreshNotices(): Notice[] {
  const error = refreshError.value;
  if (!error || connection.value.state === 'waiting') return [];
  return [{ severity: 'error', title: 'The current values could not be loaded', text: error.message }];
}

/** The whole page. */
export function App() {
  const home = useHomeData();
  const { view } = route.value;
  const View = VIEW_COMPONENTS[view];
  const totalPowerW = picture.value?.totalPowerW ?? null;
  useEffect(() => {
    const { value, unit } = power(totalPowerW);
    document.title = totalPowerW === null ? 'smart-meter' : `${value} ${unit} · smart-meter`;
  }, [totalPowerW]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to the content
      </a>
      <PageHeader />
      <main id="main" tabIndex={-1}>
        <ConnectionBanner />
        {tokenWanted.value ? (
          <TokenForm />
        ) : (
          <>
            <NoticeList notices={[...refreshNotices(), ...notices(consumption.value, home.health.value)]} />
            <View key={view} home={home} />
          </>
        )}
      </main>
    </>
  );
}
