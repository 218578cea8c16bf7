using GoApi.Infrastructure.Signals;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.WebApiTests;

public sealed class TicksTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly Ticks ticks;

    public TicksTests() => ticks = new Ticks(TimeSpan.FromSeconds(1), time);

    public void Dispose() => ticks.Dispose();

    [Fact]
    public async Task Signal_is_a_tick_without_time_passing()
    {
        var tick = WaitAsync();
        Assert.False(tick.IsCompleted);

        ticks.Add();

        await CameAsync(tick);
    }

    [Fact]
    public async Task Signals_are_looked_after_with_a_pause_between_them()
    {
        ticks.Add();
        await CameAsync(WaitAsync());

        ticks.Add();
        var tick = WaitAsync();
        time.Advance(Ticks.Pause - TimeSpan.FromMilliseconds(1));
        Assert.False(tick.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await CameAsync(tick);
    }

    [Fact]
    public async Task Without_a_signal_there_is_one_at_each_interval()
    {
        for (var second = 0; second < 3; second++)
        {
            time.Advance(TimeSpan.FromMilliseconds(999));
            var tick = WaitAsync();
            Assert.False(tick.IsCompleted);

            time.Advance(TimeSpan.FromMilliseconds(1));
            await CameAsync(tick);
        }
    }

    [Fact]
    public void Whatever_comes_while_nobody_waits_is_one_tick()
    {
        for (var signal = 0; signal < 1_000; signal++) ticks.Add();
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.True(WaitAsync().IsCompletedSuccessfully);
        Assert.False(WaitAsync().IsCompleted);
    }

    private Task WaitAsync() => ticks.WaitAsync(TestContext.Current.CancellationToken);

    private static Task CameAsync(Task tick) => tick.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
}
