using GoApi.Infrastructure.Redis;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Redis;

public sealed class Circuit
{
    private readonly FakeTimeProvider time = new();
    private readonly RedisCircuit circuit;

    public Circuit() => circuit = new RedisCircuit(time);

    [Fact]
    public void Opens_after_some_failures_in_a_row_and_says_so_once()
    {
        for (var failure = 1; failure < RedisCircuit.Failures; failure++) Assert.False(circuit.Fail(isGone: false));
        Assert.Equal(RedisCall.Usual, circuit.Enter());
        Assert.True(circuit.Fail(isGone: false));
        Assert.False(circuit.Fail(isGone: false));
        Assert.Equal(RedisCall.Refused, circuit.Enter());
    }

    [Fact]
    public void An_answer_between_failures_keeps_it_closed()
    {
        for (var failure = 0; failure < RedisCircuit.Failures * 2; failure++)
        {
            Assert.False(circuit.Fail(isGone: false));
            circuit.Succeed(RedisCall.Usual);
        }

        Assert.Equal(RedisCall.Usual, circuit.Enter());
    }

    [Fact]
    public void A_connection_that_is_gone_opens_it_at_once()
    {
        Assert.True(circuit.Fail(isGone: true));
        Assert.Equal(RedisCall.Refused, circuit.Enter());
    }

    [Fact]
    public void After_each_pause_one_call_of_many_tries()
    {
        circuit.Fail(isGone: true);
        for (var pause = 0; pause < 3; pause++)
        {
            time.Advance(RedisCircuit.Pause);
            var (probes, refused) = (0, 0);
            Parallel.For(0, 1_000, _ =>
            {
                if (circuit.Enter() == RedisCall.Probe) Interlocked.Increment(ref probes);
                else Interlocked.Increment(ref refused);
            });
            Assert.Equal((1, 999), (probes, refused));
            circuit.Fail(isGone: false);
        }
    }

    [Fact]
    public void The_answer_to_the_one_that_tried_closes_it_and_a_late_one_from_before_does_not()
    {
        circuit.Fail(isGone: true);
        Assert.False(circuit.Succeed(RedisCall.Usual));
        Assert.Equal(RedisCall.Refused, circuit.Enter());

        time.Advance(RedisCircuit.Pause);
        Assert.True(circuit.Succeed(circuit.Enter()));
        Assert.Equal(RedisCall.Usual, circuit.Enter());
        Assert.False(circuit.Fail(isGone: false));
    }
}
