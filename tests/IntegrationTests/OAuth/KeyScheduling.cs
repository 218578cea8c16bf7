using GoApi.Infrastructure.OpenIddict;

namespace GoApi.IntegrationTests.OAuth;

/// <summary>The decision alone, without a database.</summary>
public sealed class KeyScheduling
{
    private static readonly KeyPolicy Policy = new(TimeSpan.FromDays(90), TimeSpan.FromDays(7), TimeSpan.FromHours(1));
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void First_key_signs_at_once_and_nothing_happens_until_the_next_is_due()
    {
        Assert.IsType<KeyStep.MakeActive>(KeySchedule.Decide([], Start, Policy));
        var active = Key(SigningKeyState.Active, Start);

        Assert.Null(KeySchedule.Decide([active], Start, Policy));
        Assert.Null(KeySchedule.Decide([active], Start.AddDays(83).AddSeconds(-1), Policy));
        Assert.IsType<KeyStep.MakeNext>(KeySchedule.Decide([active], Start.AddDays(83), Policy));
    }

    [Fact]
    public void Next_key_signs_when_the_active_one_is_old_and_it_was_published_long_enough()
    {
        var (active, next) = (Key(SigningKeyState.Active, Start), Key(SigningKeyState.Next, Start.AddDays(83)));
        Assert.Null(KeySchedule.Decide([active, next], Start.AddDays(90).AddSeconds(-1), Policy));
        Assert.Equal(new KeyStep.Promote(next.Id), KeySchedule.Decide([active, next], Start.AddDays(90), Policy));

        // Nobody looked for a year: the key that is made then is published as long as any.
        var late = Key(SigningKeyState.Next, Start.AddDays(365));
        Assert.Null(KeySchedule.Decide([active, late], Start.AddDays(371), Policy));
        Assert.Equal(new KeyStep.Promote(late.Id), KeySchedule.Decide([active, late], Start.AddDays(372), Policy));
    }

    [Fact]
    public void Retired_key_goes_when_what_it_signed_has_expired()
    {
        var (active, retired) = (Key(SigningKeyState.Active, Start), Key(SigningKeyState.Retired, Start.AddDays(-90)));
        retired.VerifiesUntil = Start.AddHours(1);
        Assert.Null(KeySchedule.Decide([active, retired], Start.AddHours(1).AddSeconds(-1), Policy));
        Assert.Equal(new KeyStep.Remove(retired.Id), KeySchedule.Decide([active, retired], Start.AddHours(1), Policy));
    }

    [Fact]
    public void Without_an_active_key_the_next_one_signs_whatever_its_age()
    {
        var next = Key(SigningKeyState.Next, Start);
        Assert.Equal(new KeyStep.Promote(next.Id), KeySchedule.Decide([next], Start, Policy));
    }

    [Fact]
    public void Times_that_a_wrong_clock_wrote_hold_up_nothing()
    {
        var (active, next) = (Key(SigningKeyState.Active, Start.AddYears(3)), Key(SigningKeyState.Next, Start.AddYears(3)));
        Assert.Equal(new KeyStep.Remove(next.Id), KeySchedule.Decide([active, next], Start, Policy));
        Assert.IsType<KeyStep.MakeNext>(KeySchedule.Decide([active], Start, Policy));
        var published = Key(SigningKeyState.Next, Start);
        Assert.Null(KeySchedule.Decide([active, published], Start.AddDays(6), Policy));
        Assert.Equal(new KeyStep.Promote(published.Id), KeySchedule.Decide([active, published], Start.AddDays(7), Policy));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void However_the_clock_goes_one_key_signs_and_none_that_nobody_could_know(int seed)
    {
        var random = new Random(seed);
        List<SigningKey> keys = [];
        for (var (now, turn) = (Start, 0); turn < 2_000; turn++)
        {
            // Minutes, days, years of downtime, and a clock that was set back.
            now += random.Next(10) switch { < 6 => TimeSpan.FromMinutes(random.Next(1, 2_000)), < 8 => TimeSpan.FromDays(random.Next(60)), 8 => TimeSpan.FromDays(400), _ => TimeSpan.FromDays(-random.Next(30)) };
            for (var steps = 0; KeySchedule.Decide(keys, now, Policy) is { } step; steps++)
            {
                Assert.True(steps < 10, "It does not come to rest.");
                Take(keys, step, now);
            }

            Assert.Single(keys, key => key.State == SigningKeyState.Active);
            Assert.InRange(keys.Count(key => key.State == SigningKeyState.Next), 0, 1);
            Assert.DoesNotContain(keys, key => key.State == SigningKeyState.Retired && key.VerifiesUntil <= now);
        }
    }

    private static void Take(List<SigningKey> keys, KeyStep step, DateTimeOffset now)
    {
        switch (step)
        {
            case KeyStep.MakeActive:
                Assert.Empty(keys);
                keys.Add(Key(SigningKeyState.Active, now));
                break;
            case KeyStep.MakeNext:
                keys.Add(Key(SigningKeyState.Next, now));
                break;
            case KeyStep.Promote promote:
                var next = keys.Single(key => key.Id == promote.Next);
                Assert.True(now - next.CreatedAt >= Policy.PublishAhead, "It was not published long enough.");
                var active = keys.Single(key => key.State == SigningKeyState.Active);
                (active.State, active.VerifiesUntil) = (SigningKeyState.Retired, now + Policy.TokenLife);
                (next.State, next.ActivatedAt) = (SigningKeyState.Active, now);
                break;
            case KeyStep.Remove remove:
                var removed = keys.Single(key => key.Id == remove.Key);
                Assert.True(removed.State == SigningKeyState.Next || removed.VerifiesUntil <= now, "It may have signed what is still valid.");
                keys.Remove(removed);
                break;
        }
    }

    private static SigningKey Key(SigningKeyState state, DateTimeOffset made) =>
        new() { Id = Guid.CreateVersion7(), Algorithm = "ES256", PrivateKey = [], CreatedAt = made, State = state, ActivatedAt = state == SigningKeyState.Active ? made : null };
}
