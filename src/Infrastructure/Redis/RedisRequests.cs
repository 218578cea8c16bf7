using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace GoApi.Infrastructure.Redis;

/// <summary>Each request of the API has one budget for all that it asks Redis.</summary>
internal sealed class RedisRequests(RedisConnection redis) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, rest) =>
        {
            redis.BeginRequest();
            await rest(context);
        });
        next(app);
    };
}
