using System.Diagnostics;

namespace GoApi.IntegrationTests;

/// <summary>Polls with a deadline: no test waits longer than it must, and none for ever.</summary>
internal static class Eventually
{
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, int seconds = 30)
    {
        var started = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds), $"Within {seconds} s it did not come about that {what}.");
            await tick.WaitForNextTickAsync();
        }
    }

    public static Task HoldsAsync(Func<bool> condition, string what, int seconds = 30) => HoldsAsync(() => Task.FromResult(condition()), what, seconds);
}
